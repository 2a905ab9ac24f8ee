import { createIngest } from '@heliosiq/ingest';
import type { QuotaLimits } from '@heliosiq/ingest/intake/tenant-quota-limits.ts';
import type { Config } from '../config/settings.ts';
import type { ProgramPorts } from './program-ports.ts';
import type { Composition, RoleContext } from './role-context.ts';

const dayMs = 86_400_000;

/** All ways in, as the configuration opens them. */
export function composeIngest(
  ports: Pick<ProgramPorts, 'log' | 'registry' | 'topology' | 'states'>,
  context: RoleContext,
): Composition {
  const { config } = context;
  const ingest = createIngest({
    ...ports,
    ...context,
    settings: { ageMaxMs: config.ageMaxDays * dayMs },
    limits: quotaLimitsOf(config),
    pipeline: { rules: config.pipeline, redactsSecrets: config.redactsSecrets },
  });
  return {
    services: ingest.services,
    parts: {
      ingest: { signalIntake: ingest.signals, topologyIntake: ingest.topology },
      httpDoors: ingest.httpDoors,
    },
  };
}

function quotaLimitsOf({ samplesPerSecond, seriesMax, bytesPerDay, tenantLimits }: Config): QuotaLimits {
  return { samplesPerSecond, seriesMax, bytesPerDay, tenants: tenantLimits };
}
