import type {
  AlertIntake,
  EventLog,
  HttpDoor,
  Lease,
  Logger,
  Meter,
  Pacer,
  SeriesRegistry,
  Service,
  SignalIntake,
  StateStore,
  TenantStore,
  TopologyIntake,
  TopologyStore,
} from '@heliosiq/ports';
import { createAlertBooks } from './alertmanager/alert-books.ts';
import { createAlertDoors } from './alertmanager/alert-doors.ts';
import { createAlertExpiry } from './alertmanager/alert-expiry.ts';
import { createAlertIntake } from './alertmanager/alert-intake.ts';
import { createAlertRecall } from './alertmanager/alert-recall.ts';
import { alertDefaults } from './alertmanager/alert-settings.ts';
import type { AlertSettings } from './alertmanager/alert-settings.ts';
import { createAlertTaking } from './alertmanager/alert-taking.ts';
import { createSeriesBook } from './intake/series-book.ts';
import type { SeriesBook } from './intake/series-book.ts';
import { createTelemetryIntake } from './intake/telemetry-intake.ts';
import type { TelemetryIntake } from './intake/telemetry-intake.ts';
import { createTenantQuota } from './intake/tenant-quota.ts';
import type { TenantQuota } from './intake/tenant-quota.ts';
import { quotaDefaults } from './intake/tenant-quota-limits.ts';
import type { QuotaLimits } from './intake/tenant-quota-limits.ts';
import { intakeDefaults } from './intake-settings.ts';
import type { IntakeSettings } from './intake-settings.ts';
import { createLogLinesDoor } from './log-lines/log-lines-door.ts';
import type { LogLinesSettings } from './log-lines/log-lines-settings.ts';
import { createLokiDoor } from './log-lines/loki-door.ts';
import { createOtlpDoors } from './otlp/otlp-doors.ts';
import { createOtlpIntake } from './otlp/otlp-intake.ts';
import type { OtlpIntake } from './otlp/otlp-intake.ts';
import type { OtlpSettings } from './otlp/otlp-settings.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import type { PipelineOptions } from './pipeline/pipeline.ts';
import { createRemoteWriteDoor } from './remote-write/remote-write-door.ts';
import type { RemoteWriteSettings } from './remote-write/remote-write-settings.ts';
import { createSignalIntake } from './signal-intake.ts';
import { createTopologyIntake } from './topology-intake.ts';

export type { IntakeSettings } from './intake-settings.ts';

/** What can be set about the ways in; what is absent is as shipped. */
export interface IngestSettings {
  readonly intake?: Partial<IntakeSettings>;
  readonly remoteWrite?: Partial<RemoteWriteSettings>;
  readonly otlp?: Partial<OtlpSettings>;
  readonly alerts?: Partial<AlertSettings>;
  readonly logLines?: Partial<LogLinesSettings>;
  readonly limits?: QuotaLimits;
  readonly pipeline?: Pick<PipelineOptions, 'rules' | 'redactsSecrets'>;
}

export interface IngestDeps {
  readonly log: EventLog;
  readonly registry: SeriesRegistry;
  readonly topology: TopologyStore;
  readonly states: StateStore;
  /** Of names that all ingest processes know. */
  readonly lease: Lease;
  readonly tenants: TenantStore;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Of the program, for protocols that ask for it. */
  readonly version: string;
  /** Shared by the stages of the process: what is not for senders gives way to them. Default: one of its own. */
  readonly pacer?: Pacer;
  readonly settings?: IngestSettings;
}

/** What further ways in, with ports or connections of their own, are made from. */
export interface IngestCore {
  readonly telemetry: TelemetryIntake;
  readonly series: SeriesBook;
  readonly quota: TenantQuota;
  readonly otlp: OtlpIntake;
}

/** The ways in. */
export interface Ingest {
  readonly signals: SignalIntake;
  readonly topology: TopologyIntake;
  /** Alerts of the program's own rules. */
  readonly alerts: AlertIntake;
  /** Protocols of others over HTTP. */
  readonly httpDoors: readonly HttpDoor[];
  readonly services: readonly Service[];
  readonly core: IngestCore;
}

/** Makes the doors: what they accept is checked, cleaned and durable when their promises resolve. */
export function createIngest(deps: IngestDeps): Ingest {
  const { settings = {}, states } = deps;
  const intakeSettings = { ...intakeDefaults, ...settings.intake };
  const quota = createTenantQuota({ ...deps, limits: settings.limits ?? quotaDefaults });
  const rules = createPipeline(settings.pipeline ?? { rules: [], redactsSecrets: true });
  const telemetry = createTelemetryIntake({ ...deps, quota, rules });
  const series = createSeriesBook(intakeSettings.seriesCachedMax);
  const topology = createTopologyIntake(deps);
  const otlp = createOtlpIntake({ ...deps, telemetry, series, topology, settings: settings.otlp ?? {} });
  const alertSettings = { ...alertDefaults, ...settings.alerts };
  const recall = createAlertRecall(deps.log);
  const books = createAlertBooks({ ...deps, state: states, recall, settings: alertSettings });
  const logLines = { ...deps, telemetry, settings: settings.logLines ?? {} };
  const alerts = { ...deps, telemetry, books, settings: alertSettings };
  const take = createAlertTaking(alerts);
  return {
    signals: createSignalIntake({ ...deps, telemetry, settings: intakeSettings }),
    topology,
    alerts: createAlertIntake(take),
    httpDoors: [
      createRemoteWriteDoor({ ...deps, telemetry, settings: settings.remoteWrite ?? {} }),
      ...createOtlpDoors({ intake: otlp }),
      ...createAlertDoors({ ...alerts, take }),
      createLogLinesDoor(logLines),
      createLokiDoor(logLines),
    ],
    services: [quota, createAlertExpiry(alerts)],
    core: { telemetry, series, quota, otlp },
  };
}
