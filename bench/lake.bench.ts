/**
 * The lake between a durable event log and the stores on PostgreSQL: how fast a backlog is stored and committed. The backlog is
 * what scrapes leave behind: requests of 2,000 samples, each of another series, round after round over all series.
 * Prints one JSON line; exit 1 when the bar is missed or a sample is not there.
 * `node bench/lake.bench.ts [series] [samples per series] [URL of a PostgreSQL server]` (default: 10,000, 100, an embedded one)
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresEventLog } from '@heliosiq/adapters/postgres/event-log.ts';
import { createPostgresSeriesRegistry } from '@heliosiq/adapters/postgres/series-registry.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createPostgresSignalStore } from '@heliosiq/adapters/postgres/signal-store.ts';
import { createPostgresTopologyStore } from '@heliosiq/adapters/postgres/topology-store.ts';
import { startTestServer, useTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { TenantId } from '@heliosiq/model';
import { createLake } from '../packages/lake/src/lake.ts';
import { fillBacklog } from './support/backlog.ts';
import { serverCpuSeconds } from './support/server-cpu.ts';

const bars = { samplesPerS: 200_000 };
const tenantId = TenantId.parse('bench');
const [seriesCount = 10_000, samplesPerSeries = 100] = process.argv.slice(2, 4).map(Number);

const [, , , , url] = process.argv;
await using server = url === undefined ? await startTestServer() : useTestServer(url);
await using testDatabase = await server.createDatabase();
await using database = await openDatabase({ url: testDatabase.url });
await using log = createPostgresEventLog({ database });
const registry = createPostgresSeriesRegistry(database);
const series = createPostgresSeriesStore(database);
const meter = createMemoryMeter();

const fill = await fillBacklog({ log, registry, tenantId, seriesCount, samplesPerSeries });
const samples = seriesCount * samplesPerSeries;
const lake = createLake({
  log,
  registry,
  series,
  signals: createPostgresSignalStore(database),
  topology: createPostgresTopologyStore(database),
  meter,
  logger: createMemoryLogger(),
});
const controller = new AbortController();
const serverBefore = await serverCpuSeconds(database);
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const ended = lake.run(controller.signal);
let rssMax = 0;
while (meter.value('heliosiq_lake_samples_total') < samples) {
  await Promise.race([ended, delay(10)]);
  rssMax = Math.max(rssMax, process.memoryUsage.rss());
}
const seconds = (performance.now() - startedAt) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const serverCpu = (await serverCpuSeconds(database)) - serverBefore;
controller.abort();
await ended;
const stored = (await series.list(tenantId, {}, { limit: seriesCount })).reduce((sum, one) => sum + one.samples, 0);

const figures = {
  bench: 'lake',
  postgres: database.serverVersion,
  series: seriesCount,
  samples,
  stored,
  append_samples_per_s: Math.round(samples / fill.seconds),
  samples_per_s: Math.round(samples / seconds),
  client_us_per_sample: Math.round(((cpu.user + cpu.system) / samples) * 100) / 100,
  server_us_per_sample: Math.round((serverCpu / samples) * 1e8) / 100,
  flushes: meter.value('heliosiq_lake_flush_seconds'),
  rss_max_mib: Math.round(rssMax / 2 ** 20),
};
console.log(JSON.stringify(figures));
process.exitCode = figures.samples_per_s >= bars.samplesPerS && stored === samples ? 0 : 1;
