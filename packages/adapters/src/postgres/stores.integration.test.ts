import { answerRatingStoreConformance } from '@heliosiq/ports/conformance/answer-rating-store.ts';
import { anomalyStoreConformance } from '@heliosiq/ports/conformance/anomaly-store.ts';
import { deliveryStoreConformance } from '@heliosiq/ports/conformance/delivery-store.ts';
import { diagnosisStoreConformance } from '@heliosiq/ports/conformance/diagnosis-store.ts';
import { documentStoreConformance } from '@heliosiq/ports/conformance/document-store.ts';
import { idempotencyStoreConformance } from '@heliosiq/ports/conformance/idempotency-store.ts';
import { incidentStoreConformance } from '@heliosiq/ports/conformance/incident-store.ts';
import { lakeFiguresConformance } from '@heliosiq/ports/conformance/lake-figures.ts';
import { leaseConformance } from '@heliosiq/ports/conformance/lease.ts';
import { logPatternStoreConformance } from '@heliosiq/ports/conformance/log-pattern-store.ts';
import { jobBoardConformance } from '@heliosiq/ports/conformance/job-board.ts';
import { retentionJournalConformance } from '@heliosiq/ports/conformance/retention-journal.ts';
import { rollupStoreConformance } from '@heliosiq/ports/conformance/rollup-store.ts';
import { ruleStoreConformance } from '@heliosiq/ports/conformance/rule-store.ts';
import { seriesChangesConformance } from '@heliosiq/ports/conformance/series-changes.ts';
import { seriesRegistryConformance } from '@heliosiq/ports/conformance/series-registry.ts';
import { seriesRetentionConformance } from '@heliosiq/ports/conformance/series-retention.ts';
import { seriesStoreConformance } from '@heliosiq/ports/conformance/series-store.ts';
import { silenceStoreConformance } from '@heliosiq/ports/conformance/silence-store.ts';
import { signalStoreConformance } from '@heliosiq/ports/conformance/signal-store.ts';
import { stateStoreConformance } from '@heliosiq/ports/conformance/state-store.ts';
import { tenantStoreConformance } from '@heliosiq/ports/conformance/tenant-store.ts';
import { topologyStoreConformance } from '@heliosiq/ports/conformance/topology-store.ts';
import { traceStoreConformance } from '@heliosiq/ports/conformance/trace-store.ts';
import { tuningStoreConformance } from '@heliosiq/ports/conformance/tuning-store.ts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMemoryLogger } from '../memory/logger.ts';
import { createMemoryMeter } from '../memory/meter.ts';
import { startTestServer, useTestServer, type TestServer } from '../testing/test-postgres.ts';
import { createPostgresAnswerRatingStore } from './answer-rating-store.ts';
import { createPostgresAnomalyStore } from './anomaly-store.ts';
import { openDatabase, type Database } from './database.ts';
import { createPostgresDeliveryStore } from './delivery-store.ts';
import { createPostgresDiagnosisStore } from './diagnosis-store.ts';
import { createPostgresDocumentStore } from './document-store.ts';
import { createPostgresIdempotencyStore } from './idempotency-store.ts';
import { createPostgresIncidentStore } from './incident-store.ts';
import { createPostgresLakeFigures } from './lake-figures.ts';
import { createPostgresLease } from './lease.ts';
import { createPostgresLogPatternStore } from './log-pattern-store.ts';
import { createPostgresJobBoard } from './job-board.ts';
import { createPostgresRetentionJournal } from './retention-journal.ts';
import { createPostgresRollupStore } from './rollup-store.ts';
import { createPostgresRuleStore } from './rule-store.ts';
import { createPostgresSeriesChanges } from './series-changes.ts';
import { createSeriesMerger } from './series-merger.ts';
import { createPostgresSeriesRegistry } from './series-registry.ts';
import { createPostgresSeriesRetention } from './series-retention.ts';
import { createPostgresSeriesStore } from './series-store.ts';
import { createPostgresSilenceStore } from './silence-store.ts';
import { createPostgresSignalStore } from './signal-store.ts';
import { createPostgresStateStore } from './state-store.ts';
import { createPostgresTenantStore } from './tenant-store.ts';
import { createPostgresTopologyStore } from './topology-store.ts';
import { createPostgresTraceStore } from './trace-store.ts';
import { createPostgresTuningStore } from './tuning-store.ts';

/** Every store's suite on one database of a server. */
function storesConformance(name: string, startServer: () => Promise<TestServer> | TestServer): void {
  const opened = new AsyncDisposableStack();
  let database: Database;
  beforeAll(async () => {
    const server = opened.use(await startServer());
    const { url } = opened.use(await server.createDatabase());
    database = opened.use(await openDatabase({ url, poolMax: 10 }));
  });
  afterAll(() => opened.disposeAsync());

  answerRatingStoreConformance(name, () => createPostgresAnswerRatingStore(database));
  anomalyStoreConformance(name, () => createPostgresAnomalyStore(database));
  tuningStoreConformance(name, () => createPostgresTuningStore(database));
  deliveryStoreConformance(name, () => createPostgresDeliveryStore(database));
  diagnosisStoreConformance(name, () => createPostgresDiagnosisStore(database));
  documentStoreConformance(name, () => createPostgresDocumentStore(database));
  idempotencyStoreConformance(name, () => createPostgresIdempotencyStore(database));
  incidentStoreConformance(name, () => createPostgresIncidentStore(database));
  lakeFiguresConformance(name, () => ({
    figures: createPostgresLakeFigures(database),
    series: createPostgresSeriesStore(database),
    signals: createPostgresSignalStore(database),
  }));
  leaseConformance(name, () => createPostgresLease(database));
  test('sweeps leases away that ran out more than a day ago', async () => {
    await database.asSystem((transaction) =>
      sql`
        insert into lease (name, holder, until_at)
        values ('old', 'a', clock_timestamp() - interval '25 hours'),
               ('late', 'a', clock_timestamp() - interval '23 hours')`.execute(transaction),
    );
    await createPostgresLease(database).take('other', 'a', 1000);
    const { rows } = await database.asSystem((transaction) =>
      sql<{ name: string }>`select name from lease where name in ('old', 'late')`.execute(transaction),
    );
    expect(rows).toEqual([{ name: 'late' }]);
  });
  logPatternStoreConformance(name, () => createPostgresLogPatternStore(database));
  jobBoardConformance(name, () => createPostgresJobBoard(database));
  retentionJournalConformance(name, () => createPostgresRetentionJournal(database));
  rollupStoreConformance(name, () => createPostgresRollupStore(database));
  ruleStoreConformance(name, () => createPostgresRuleStore(database));
  seriesChangesConformance(name, () => ({
    store: createPostgresSeriesStore(database),
    changes: createPostgresSeriesChanges(database),
  }));
  seriesRetentionConformance(name, () => {
    const merger = createSeriesMerger({ database, logger: createMemoryLogger(), meter: createMemoryMeter() });
    return {
      store: createPostgresSeriesStore(database),
      forgetful: createPostgresSeriesRetention(database),
      tidy: async () => void (await merger.mergeAll({ isFinal: true })),
    };
  });
  seriesRegistryConformance(name, () => createPostgresSeriesRegistry(database));
  seriesStoreConformance(name, () => createPostgresSeriesStore(database));
  signalStoreConformance(name, () => createPostgresSignalStore(database));
  silenceStoreConformance(name, () => createPostgresSilenceStore(database));
  stateStoreConformance(name, () => createPostgresStateStore(database));
  tenantStoreConformance(name, () => createPostgresTenantStore(database));
  topologyStoreConformance(name, () => createPostgresTopologyStore(database));
  traceStoreConformance(name, () => createPostgresTraceStore(database));
}

describe('stores on the embedded PostgreSQL', () => {
  storesConformance('PostgreSQL', startTestServer);
});

const postgres15Url = process.env['HELIOS_TEST_POSTGRES15_URL'];
describe.skipIf(postgres15Url === undefined)('stores on PostgreSQL 15 (needs HELIOS_TEST_POSTGRES15_URL)', () => {
  storesConformance('PostgreSQL 15', () => useTestServer(postgres15Url ?? ''));
});
