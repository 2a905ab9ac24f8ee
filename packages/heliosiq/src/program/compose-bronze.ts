import { createAnomalyRebuilder } from '@heliosiq/detect/anomaly-rebuilder.ts';
import { createBronze } from '@heliosiq/lake/bronze/bronze.ts';
import { createBronzeUpkeep } from '@heliosiq/lake/bronze/bronze-upkeep.ts';
import { createProofJobs } from '@heliosiq/lake/replay/proof-jobs.ts';
import type { ProgramPorts } from './program-ports.ts';
import type { Composition, RoleContext } from './role-context.ts';

/** The ports that bronze, and what is proved by it, need. */
export type BronzePorts = Pick<
  ProgramPorts,
  'log' | 'registry' | 'blobs' | 'tenants' | 'series' | 'signals' | 'rollups' | 'changes' | 'anomalies' | 'states'
>;

/** The service that fills bronze, the one that merges its small segments, and the proofs that read it. */
export function composeBronze(ports: BronzePorts, context: RoleContext): Composition {
  const { config, now } = context;
  const bronze = createBronze({ ...ports, ...context, options: { rollIntervalMs: config.bronzeRollS * 1000 } });
  const proofs = createProofJobs({
    ...ports,
    ...context,
    rebuilder: createAnomalyRebuilder(),
    hurryBronze: () => bronze.roll(),
  });
  return {
    services: [bronze, createBronzeUpkeep({ ...ports, ...context }), proofs.service],
    parts: { proofs: { proofs, now } },
  };
}
