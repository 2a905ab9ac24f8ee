import { createPostgresAnswerRatingStore } from '@heliosiq/adapters/postgres/answer-rating-store.ts';
import { createPostgresAnomalyStore } from '@heliosiq/adapters/postgres/anomaly-store.ts';
import type { Database } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresDeliveryStore } from '@heliosiq/adapters/postgres/delivery-store.ts';
import { createPostgresDiagnosisStore } from '@heliosiq/adapters/postgres/diagnosis-store.ts';
import { createPostgresDocumentStore } from '@heliosiq/adapters/postgres/document-store.ts';
import { createPostgresIdempotencyStore } from '@heliosiq/adapters/postgres/idempotency-store.ts';
import { createPostgresIncidentStore } from '@heliosiq/adapters/postgres/incident-store.ts';
import { createPostgresForgetting } from '@heliosiq/adapters/postgres/forgetting.ts';
import { createPostgresJobBoard } from '@heliosiq/adapters/postgres/job-board.ts';
import { createPostgresLakeFigures } from '@heliosiq/adapters/postgres/lake-figures.ts';
import { createPostgresLease } from '@heliosiq/adapters/postgres/lease.ts';
import { createPostgresLogPatternStore } from '@heliosiq/adapters/postgres/log-pattern-store.ts';
import { createPostgresRetentionJournal } from '@heliosiq/adapters/postgres/retention-journal.ts';
import { createPostgresRollupStore } from '@heliosiq/adapters/postgres/rollup-store.ts';
import { createPostgresRuleStore } from '@heliosiq/adapters/postgres/rule-store.ts';
import { createSeriesMerger } from '@heliosiq/adapters/postgres/series-merger.ts';
import { createPostgresSeriesChanges } from '@heliosiq/adapters/postgres/series-changes.ts';
import type { SeriesMemory } from '@heliosiq/adapters/postgres/series-memory.ts';
import { createPostgresSeriesRegistry } from '@heliosiq/adapters/postgres/series-registry.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createUnpackingThread } from '@heliosiq/adapters/postgres/unpacking-thread.ts';
import { createPostgresSilenceStore } from '@heliosiq/adapters/postgres/silence-store.ts';
import { createPostgresSignalStore } from '@heliosiq/adapters/postgres/signal-store.ts';
import { createPostgresStateStore } from '@heliosiq/adapters/postgres/state-store.ts';
import { createPostgresTenantStore } from '@heliosiq/adapters/postgres/tenant-store.ts';
import { createPostgresTopologyStore } from '@heliosiq/adapters/postgres/topology-store.ts';
import { createPostgresTuningStore } from '@heliosiq/adapters/postgres/tuning-store.ts';
import { createPostgresTraceStore } from '@heliosiq/adapters/postgres/trace-store.ts';
import { createPatternedSignals } from '@heliosiq/lake/logs/patterned-signals.ts';
import type { HealthCheck, Logger, Meter, Pacer } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import { logWithRoom, seriesWithRoom, signalsWithRoom } from './disk-room.ts';
import type { DiskRoom } from './disk-room.ts';
import { openBlobStore } from './open-blob-store.ts';
import { openEventLog } from './open-event-log.ts';
import { openSeriesStore } from './open-series-store.ts';
import { openSharedIndex } from './open-shared-index.ts';
import type { PortName, ProgramPorts } from './program-ports.ts';

/** What ports are opened from. */
export interface PortSource {
  readonly database: Database;
  readonly config: Config;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly pacer: Pacer;
  /** On the disk of what is kept on this machine. */
  readonly room: DiskRoom;
  /** Of all ports that know series by their numbers. */
  readonly seriesMemory: SeriesMemory;
  /** Ports on servers of their own add theirs. */
  readonly checks: HealthCheck[];
}

type Openers = {
  readonly [Name in PortName]: (
    source: PortSource,
    stack: AsyncDisposableStack,
  ) => ProgramPorts[Name] | Promise<ProgramPorts[Name]>;
};

/** Which adapter keeps which port. */
const openers: Openers = {
  log: async (source, stack) => logWithRoom(stack.use(await openEventLog(source)), source.room),
  registry: ({ database, seriesMemory }) => createPostgresSeriesRegistry(database, seriesMemory),
  series: (source, stack) => {
    const { database, logger, meter, pacer, room, seriesMemory: memory } = source;
    const registry = createPostgresSeriesRegistry(database, memory);
    const thread = stack.use(createUnpackingThread({ logger }));
    const store = seriesWithRoom(createPostgresSeriesStore(database, { logger, meter, pacer, memory, thread }), room);
    return openSeriesStore(source, { store, registry }, stack);
  },
  seriesUpkeep: ({ database }) => ({ service: (deps) => createSeriesMerger({ ...deps, database }) }),
  changes: ({ database }) => createPostgresSeriesChanges(database),
  signals: ({ database, room, meter, pacer }) => {
    const patterns = createPostgresLogPatternStore(database);
    const signals = createPostgresSignalStore(database, { pacer });
    return signalsWithRoom(createPatternedSignals({ signals, patterns, meter, pacer }), room);
  },
  logPatterns: ({ database }) => createPostgresLogPatternStore(database),
  figures: ({ database }) => createPostgresLakeFigures(database),
  blobs: openBlobStore,
  rollups: ({ database }) => createPostgresRollupStore(database),
  forgetting: ({ database }) => createPostgresForgetting(database),
  retentionJournal: ({ database }) => createPostgresRetentionJournal(database),
  jobs: ({ database }) => createPostgresJobBoard(database),
  lease: ({ database }) => createPostgresLease(database),
  traces: ({ database }) => createPostgresTraceStore(database),
  topology: ({ database }) => createPostgresTopologyStore(database),
  anomalies: ({ database }) => createPostgresAnomalyStore(database),
  ratings: ({ database }) => createPostgresAnswerRatingStore(database),
  tunings: ({ database }) => createPostgresTuningStore(database),
  incidents: ({ database }) => createPostgresIncidentStore(database),
  silences: ({ database }) => createPostgresSilenceStore(database),
  diagnoses: ({ database }) => createPostgresDiagnosisStore(database),
  documents: ({ database }) => createPostgresDocumentStore(database),
  sharedIndex: ({ config }, stack) => openSharedIndex(config, stack),
  rules: ({ database }) => createPostgresRuleStore(database),
  states: ({ database }) => createPostgresStateStore(database),
  tenants: ({ database }) => createPostgresTenantStore(database),
  idempotency: ({ database }) => createPostgresIdempotencyStore(database),
  deliveries: ({ database }) => createPostgresDeliveryStore(database),
};

/** Opens the named ports and no other; the stack closes those with a lifetime. */
export async function openPorts(
  names: ReadonlySet<PortName>,
  source: PortSource,
  stack: AsyncDisposableStack,
): Promise<Partial<ProgramPorts>> {
  const opened: Partial<Record<PortName, unknown>> = {};
  for (const name of names) opened[name] = await openers[name](source, stack);
  return opened as Partial<ProgramPorts>; // each name got what the table's type promises for it
}
