/**
 * The lake between a durable event log and the stores on PostgreSQL: how fast a backlog of signal records is stored and
 * committed. Prints one JSON line; exit 1 when the bar is missed or a sample is not there.
 * `node bench/lake.bench.ts [URL of a PostgreSQL server]` (default: an embedded one)
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresEventLog } from '@heliosiq/adapters/postgres/event-log.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createPostgresSignalStore } from '@heliosiq/adapters/postgres/signal-store.ts';
import { createPostgresTopologyStore } from '@heliosiq/adapters/postgres/topology-store.ts';
import { startTestServer, useTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { AssetId, TenantId, type SeriesRef, type SignalRecord } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { createLake } from '../packages/lake/src/lake.ts';

const bars = { samplesPerS: 50_000 };
const tenantId = TenantId.parse('bench');
const seriesCount = 500;
const samplesPerRecord = 20;
const rounds = 100;
const startAt = Date.UTC(2026, 0, 1);

const [, , url] = process.argv;
await using server = url === undefined ? await startTestServer() : useTestServer(url);
await using testDatabase = await server.createDatabase();
await using database = await openDatabase({ url: testDatabase.url });
await using log = createPostgresEventLog({ database });
const series = createPostgresSeriesStore(database);
const meter = createMemoryMeter();

const refs = Array.from({ length: seriesCount }, (_, index): SeriesRef => {
  const named = { asset: AssetId.parse(`asset-${index}`), metric: 'cpu_usage', labels: { region: 'eu' } };
  return { id: seriesIdOf(tenantId, named), ...named };
});
for (let round = 0; round < rounds; round += 1) {
  await log.append(
    tenantId,
    'signals',
    refs.map((ref, index) => ({
      key: ref.asset,
      id: `${round}-${index}`,
      value: Buffer.from(JSON.stringify(recordOf(ref, index, round))),
    })),
  );
}

const samples = seriesCount * samplesPerRecord * rounds;
const lake = createLake({
  log,
  series,
  signals: createPostgresSignalStore(database),
  topology: createPostgresTopologyStore(database),
  meter,
  logger: createMemoryLogger(),
});
const controller = new AbortController();
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const ended = lake.run(controller.signal);
while (meter.value('heliosiq_lake_samples_total') < samples) await Promise.race([ended, delay(10)]);
const seconds = (performance.now() - startedAt) / 1000;
const cpu = process.cpuUsage(cpuBefore);
controller.abort();
await ended;
const stored = (await series.list(tenantId, {})).reduce((sum, summary) => sum + summary.samples, 0);

const figures = {
  bench: 'lake',
  postgres: database.serverVersion,
  samples,
  stored,
  samples_per_record: samplesPerRecord,
  samples_per_s: Math.round(samples / seconds),
  client_cores_at_20k: Math.round(((cpu.user + cpu.system) / 1e6 / samples) * 20_000 * 1000) / 1000,
  flushes: meter.value('heliosiq_lake_flush_seconds'),
  rss_mib: Math.round(process.memoryUsage().rss / 2 ** 20),
};
console.log(JSON.stringify(figures));
process.exitCode = figures.samples_per_s >= bars.samplesPerS && stored === samples ? 0 : 1;

function recordOf(ref: SeriesRef, index: number, round: number): SignalRecord {
  const numbers = Array.from({ length: samplesPerRecord }, (_, number) => round * samplesPerRecord + number);
  return {
    kind: 'samples',
    series: ref,
    times: numbers.map((number) => startAt + number * 15_000),
    values: numbers.map((number) => Math.round((50 + ((number * 7919 + index * 104_729) % 997) / 50) * 100) / 100),
  };
}
