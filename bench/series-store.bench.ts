/**
 * The series store on PostgreSQL: samples a second in small appends of many series until they are sealed, what of a core that takes, the bytes of a
 * sample on disk, and the range read of a week of one series at 15 s. Prints one JSON line; exit 1 when a bar is missed.
 * `node bench/series-store.bench.ts [URL of a PostgreSQL server]` (default: an embedded one)
 */
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { openDatabase, type Database } from '@heliosiq/adapters/postgres/database.ts';
import { createSeriesMerger } from '@heliosiq/adapters/postgres/series-merger.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { startTestServer, useTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { AssetId, TenantId, type SampleBlock, type SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { serverCpuSeconds } from './support/server-cpu.ts';

const bars = { coresAt20k: 0.5, bytesPerSample: 4, rangeP50Ms: 50 };
const tenantId = TenantId.parse('bench');
const seriesCount = 1000;
const samplesPerAppend = 20;
const appends = 150;
const stepMs = 15_000;
const weekMs = 7 * 86_400_000;
const startAt = Date.UTC(2026, 0, 1);

const [, , url] = process.argv;
await using server = url === undefined ? await startTestServer() : useTestServer(url);
await using testDatabase = await server.createDatabase();
await using database = await openDatabase({ url: testDatabase.url });
const store = createPostgresSeriesStore(database);

const series = Array.from({ length: seriesCount }, (_, index) => seriesOf(`asset-${index}`));
const processBefore = process.cpuUsage();
const serverBefore = await serverCpuSeconds(database);
const appendStartedAt = performance.now();
for (let append = 0; append < appends; append += 1) {
  await store.append(
    tenantId,
    series.map((one, index) => blockOf(one, { seed: index, from: append * samplesPerAppend, count: samplesPerAppend })),
  );
}
await createSeriesMerger({ database, logger: createMemoryLogger(), meter: createMemoryMeter() }).mergeAll({
  isFinal: true,
});
const appendSeconds = (performance.now() - appendStartedAt) / 1000;
const processCpu = process.cpuUsage(processBefore);
const serverCpu = (await serverCpuSeconds(database)) - serverBefore;
const samples = seriesCount * samplesPerAppend * appends;
const bytes = await storedBytes(database);

const long = seriesOf('long');
await store.append(tenantId, [blockOf(long, { seed: 7, from: 0, count: weekMs / stepMs })]);
const rangeMs: number[] = [];
for (let read = 0; read < 20; read += 1) {
  const readStartedAt = performance.now();
  await store.range(tenantId, { ids: [long.id] }, { from: startAt, to: startAt + weekMs });
  rangeMs.push(performance.now() - readStartedAt);
}
rangeMs.sort((a, b) => a - b);

const clientCores = ((processCpu.user + processCpu.system) / 1e6 / samples) * 20_000;
const serverCores = (serverCpu / samples) * 20_000;
const figures = {
  bench: 'series-store',
  postgres: database.serverVersion,
  series: seriesCount,
  samples,
  append_samples_per_s: Math.round(samples / appendSeconds),
  client_cores_at_20k: round(clientCores),
  server_cores_at_20k: round(serverCores),
  bytes_per_sample: round(bytes / samples),
  range_samples: weekMs / stepMs,
  range_p50_ms: round(rangeMs[10] ?? Infinity),
  range_max_ms: round(rangeMs.at(-1) ?? Infinity),
};
console.log(JSON.stringify(figures));
const isMet =
  clientCores + serverCores <= bars.coresAt20k &&
  figures.bytes_per_sample <= bars.bytesPerSample &&
  figures.range_p50_ms <= bars.rangeP50Ms;
process.exitCode = isMet ? 0 : 1;

function seriesOf(asset: string): SeriesRef {
  const named = { asset: AssetId.parse(asset), metric: 'cpu_usage', labels: { region: 'eu', zone: 'a' } };
  return { id: seriesIdOf(tenantId, named), ...named };
}

/** A noisy wave with two decimals at regular times, like a percentage that an agent scrapes. */
function blockOf(
  one: SeriesRef,
  run: { readonly seed: number; readonly from: number; readonly count: number },
): SampleBlock {
  const numbers = Array.from({ length: run.count }, (_, index) => run.from + index);
  return {
    series: one,
    times: numbers.map((number) => startAt + number * stepMs),
    values: numbers.map((number) =>
      round(50 + 20 * Math.sin((number + run.seed) / 900) + ((number * 7919 + run.seed * 104_729) % 997) / 250),
    ),
  };
}

async function storedBytes(db: Database): Promise<number> {
  const found = await db.withClient('*', (client) =>
    client.query<{ bytes: number }>(
      `select sum(pg_total_relation_size(name::regclass))::bigint as bytes
         from unnest(array['series', 'series_extent', 'sample_page', 'sample_block_other']) as name`,
    ),
  );
  return found.rows[0]?.bytes ?? Infinity;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
