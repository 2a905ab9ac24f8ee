import type {
  EventLog,
  HttpDoor,
  Logger,
  Meter,
  SeriesRegistry,
  Service,
  SignalIntake,
  StateStore,
  TopologyIntake,
  TopologyStore,
} from '@heliosiq/ports';
import { createTelemetryIntake } from './intake/telemetry-intake.ts';
import { createTenantQuota } from './intake/tenant-quota.ts';
import { quotaDefaults } from './intake/tenant-quota-limits.ts';
import type { QuotaLimits } from './intake/tenant-quota-limits.ts';
import type { IntakeSettings } from './intake-settings.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import type { PipelineOptions } from './pipeline/pipeline.ts';
import { createSignalIntake } from './signal-intake.ts';
import { createTopologyIntake } from './topology-intake.ts';

export type { IntakeSettings } from './intake-settings.ts';

export interface IngestDeps {
  readonly log: EventLog;
  readonly registry: SeriesRegistry;
  readonly topology: TopologyStore;
  readonly states: StateStore;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings?: Partial<IntakeSettings>;
  readonly limits?: QuotaLimits;
  readonly pipeline?: Pick<PipelineOptions, 'rules' | 'redactsSecrets'>;
}

/** The doors for signals and topology. */
export interface Ingest {
  readonly signals: SignalIntake;
  readonly topology: TopologyIntake;
  /** Protocols of others over HTTP. */
  readonly httpDoors: readonly HttpDoor[];
  readonly services: readonly Service[];
}

/** Makes the doors: what they accept is checked, cleaned and durable when their promises resolve. */
export function createIngest(deps: IngestDeps): Ingest {
  const quota = createTenantQuota({ ...deps, limits: deps.limits ?? quotaDefaults });
  const rules = createPipeline(deps.pipeline ?? { rules: [], redactsSecrets: true });
  const telemetry = createTelemetryIntake({ ...deps, quota, rules });
  return {
    signals: createSignalIntake({ ...deps, telemetry }),
    topology: createTopologyIntake(deps),
    httpDoors: [],
    services: [quota],
  };
}
