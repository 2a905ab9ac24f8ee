import { createAnomalyRebuilder } from '@heliosiq/detect/anomaly-rebuilder.ts';
import { createBronze } from '@heliosiq/lake/bronze/bronze.ts';
import { createBronzeUpkeep } from '@heliosiq/lake/bronze/bronze-upkeep.ts';
import { createProofJobs } from '@heliosiq/lake/replay/proof-jobs.ts';
import type { ProgramPorts } from './program-ports.ts';
import type { Composition, RoleContext } from './role-context.ts';
import { createScheduledJob, type ScheduledJob } from './scheduled-job.ts';

/** The ports that bronze, and what is proved by it, need. */
export type BronzePorts = Pick<
  ProgramPorts,
  | 'log'
  | 'registry'
  | 'blobs'
  | 'tenants'
  | 'series'
  | 'signals'
  | 'rollups'
  | 'changes'
  | 'anomalies'
  | 'states'
  | 'jobs'
>;

const mergeEveryMs = 600_000;

/** The service that fills bronze, the job that merges its small segments, and the proofs that read it. */
export function composeBronze(ports: BronzePorts, context: RoleContext): Composition {
  const { config, now } = context;
  const bronze = createBronze({ ...ports, ...context, options: { rollIntervalMs: config.bronzeRollS * 1000 } });
  const upkeep = createBronzeUpkeep({ ...ports, ...context });
  const merging: ScheduledJob = {
    name: 'bronze-merge',
    about: 'merges the small segments of bronze of each hour',
    ...{ everyMs: mergeEveryMs, firstAfterMs: mergeEveryMs },
    work: (tenantId, { signal }) => upkeep.round(tenantId, signal),
  };
  const proofs = createProofJobs({
    ...ports,
    ...context,
    rebuilder: createAnomalyRebuilder(context.logger),
    hurryBronze: () => bronze.roll(),
  });
  return {
    services: [bronze, createScheduledJob(merging, { ...ports, ...context }), proofs.service],
    parts: { proofs: { proofs, now } },
  };
}
