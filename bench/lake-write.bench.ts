/**
 * The way of samples into silver: records of the log are decoded, gathered, laid out as pages and stored on PostgreSQL, while the
 * merger puts pages together and seals them. The records are what scrapes leave behind: requests of 2,000 samples, each of
 * another series, round after round over all series, made beforehand. Prints one JSON line; exit 1 when a bar is missed or a
 * sample is not there. CPU seconds per million samples tell the same on a busy machine.
 * `node bench/lake-write.bench.ts [series] [samples per series] [URL of a PostgreSQL server]` (default: 100,000, 60, an embedded one)
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createSeriesMerger } from '@heliosiq/adapters/postgres/series-merger.ts';
import { createPostgresSeriesRegistry } from '@heliosiq/adapters/postgres/series-registry.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createPostgresSignalStore } from '@heliosiq/adapters/postgres/signal-store.ts';
import { createPostgresTopologyStore } from '@heliosiq/adapters/postgres/topology-store.ts';
import { startTestServer, useTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { AssetId, TenantId, type SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { createPacer, type EventLog, type LogRecord, type RecordBatch } from '@heliosiq/ports';
import { createLake } from '../packages/lake/src/lake.ts';
import { clusterCpuSeconds } from './support/cluster-cpu.ts';

const bars = { samplesPerS: 350_000, rssMaxMib: 512 };
const tenantId = TenantId.parse('bench');
const samplesPerRecord = 2000;
const recordsPerBatch = 50;
const stepMs = 15_000;
const startAt = Date.now() - 86_400_000;
const [seriesCount = 100_000, samplesPerSeries = 60] = process.argv.slice(2, 4).map(Number);
const total = seriesCount * samplesPerSeries;

const [, , , , url] = process.argv;
await using server = url === undefined ? await startTestServer() : useTestServer(url);
await using testDatabase = await server.createDatabase();
await using database = await openDatabase({ url: testDatabase.url });
const registry = createPostgresSeriesRegistry(database);
const refs = await registerSeries();
const meter = createMemoryMeter();
const logger = createMemoryLogger();
const pacer = createPacer();
const series = createPostgresSeriesStore(database, { pacer, logger, meter });
const merger = createSeriesMerger({ database, logger, meter, pacer });
const made = { cpuSeconds: 0 };
const lake = createLake({
  log: scrapesAsLog(),
  registry,
  series,
  signals: createPostgresSignalStore(database),
  topology: createPostgresTopologyStore(database),
  meter,
  logger,
  pacer,
});

const stopped = new AbortController();
const merging = merger.run(stopped.signal);
const serverBefore = await clusterCpuSeconds(database);
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
let rssMax = 0;
const watch = setInterval(() => (rssMax = Math.max(rssMax, process.memoryUsage.rss())), 50);
await lake.run(stopped.signal);
const writtenSeconds = (performance.now() - startedAt) / 1000;
stopped.abort();
await merging;
const backlogSteps = await merger.mergeAll();
const seconds = (performance.now() - startedAt) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const serverCpu = (await clusterCpuSeconds(database)) - serverBefore;
clearInterval(watch);
let stored = 0;
for await (const page of series.scan(tenantId, {}, { from: 0, to: Infinity }, { pageMax: 5000 })) {
  for (const { samples } of page) stored += samples;
}

const clientSeconds = (cpu.user + cpu.system) / 1e6 - made.cpuSeconds;
const figures = {
  bench: 'lake-write',
  postgres: database.serverVersion,
  series: seriesCount,
  samples: total,
  stored,
  samples_per_s: Math.round(total / seconds),
  samples_per_s_before_merging_is_done: Math.round(total / writtenSeconds),
  // Making the records is the bench's own work, in the same process.
  making_cpu_s: round(made.cpuSeconds),
  client_cpu_s_per_million: round((clientSeconds / total) * 1e6),
  server_cpu_s_per_million: round((serverCpu / total) * 1e6),
  samples_per_s_of_one_core_each: Math.round(total / Math.max(clientSeconds, serverCpu)),
  merger_steps_left: backlogSteps,
  rss_max_mib: Math.round(rssMax / 2 ** 20),
};
console.log(JSON.stringify(figures));
const isMet = figures.samples_per_s >= bars.samplesPerS && figures.rss_max_mib <= bars.rssMaxMib && stored === total;
process.exitCode = isMet ? 0 : 1;

async function registerSeries(): Promise<Float64Array> {
  const numbers = new Float64Array(seriesCount);
  for (let from = 0; from < seriesCount; from += 5000) {
    const some = Array.from({ length: Math.min(5000, seriesCount - from) }, (_, index) => seriesOf(from + index));
    numbers.set(await registry.register(tenantId, some), from);
  }
  return numbers;
}

function seriesOf(index: number): SeriesRef {
  const instance = `10.0.${Math.floor(index / 25_600)}.${Math.floor(index / 100) % 256}:9100`;
  const labels = { instance, job: 'node', region: 'eu-west-1', device: `disk-${index % 100}` };
  const named = { asset: AssetId.parse(instance), metric: `node_metric_${index % 20}`, labels };
  return { id: seriesIdOf(tenantId, named), ...named };
}

/** A log of one topic whose records are made when they are read, so that what is measured begins with their bytes. */
function scrapesAsLog(): EventLog {
  const values = Float64Array.from({ length: seriesCount }, (_, index) => index * 100);
  let next = 0;

  function makeRecord(offset: number): LogRecord {
    const count = Math.min(samplesPerRecord, total - next);
    const columns = { refs: new Float64Array(count), times: new Float64Array(count), values: new Float64Array(count) };
    for (let row = 0; row < count; row += 1, next += 1) {
      const index = next % seriesCount;
      const value = nextValue(index, values[index] ?? 0);
      values[index] = value;
      columns.refs[row] = refs[index] ?? 0;
      columns.times[row] = startAt + Math.floor(next / seriesCount) * stepMs + (index % 7);
      columns.values[row] = value;
    }
    const order = Int32Array.from({ length: count }, (_, row) => row);
    const value = encodeSampleColumns(columns, order, { from: 0, to: count });
    return {
      topic: 'signals',
      partition: 0,
      offset,
      tenantId,
      key: '',
      value,
      headers: {},
      at: startAt,
    } as unknown as LogRecord; // the lake asks for no more
  }

  async function* batches(): AsyncGenerator<RecordBatch, void, undefined> {
    for (let offset = 0; next < total; offset += recordsPerBatch) {
      await nextTurn();
      const before = process.cpuUsage();
      const records: LogRecord[] = [];
      for (let at = 0; at < recordsPerBatch && next < total; at += 1) records.push(makeRecord(offset + at));
      const used = process.cpuUsage(before);
      made.cpuSeconds += (used.user + used.system) / 1e6;
      const nothing = (): Promise<void> => Promise.resolve();
      yield { topic: 'signals', partition: 0, records, commit: nothing, reject: nothing } as unknown as RecordBatch; // as above
    }
  }

  return {
    consumer: () => ({ batches, [Symbol.asyncDispose]: () => Promise.resolve() }),
  } as unknown as EventLog; // the lake reads and nothing else
}

/** A third are counters, a third percentages with two decimals, a third random walks with all their digits. */
function nextValue(index: number, value: number): number {
  if (index % 3 === 0) return value + Math.floor(Math.random() * 1000);
  if (index % 3 === 1) return Math.round((50 + 20 * Math.sin(index) + Math.random() * 10) * 100) / 100;
  return value + Math.random() - 0.5;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
