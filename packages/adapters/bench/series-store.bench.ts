/**
 * Measures the series store on PostgreSQL and prints one JSON line: how fast small appends of many series are taken, what
 * of a core they take, the bytes a sample takes on disk, and how long a range read of one long series takes.
 *
 * Usage: node packages/adapters/bench/series-store.bench.ts [URL of a PostgreSQL server] (default: an embedded one)
 */
import { readFile } from 'node:fs/promises';
import type { AssetId, SampleBlock, SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { sql } from 'kysely';
import { openDatabase, type Database } from '../src/postgres/database.ts';
import { createPostgresSeriesStore } from '../src/postgres/series-store.ts';
import { startTestServer, useTestServer } from '../src/testing/test-postgres.ts';

const tenantId = 'bench' as TenantId; // a valid slug
const seriesCount = 1000;
const samplesPerAppend = 20;
const appends = 150;
const stepMs = 15_000;
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
    series.map((one, index) => blockOf(one, index, append * samplesPerAppend)),
  );
}
const appendSeconds = (performance.now() - appendStartedAt) / 1000;
const processCpu = process.cpuUsage(processBefore);
const serverCpu = (await serverCpuSeconds(database)) - serverBefore;
const samples = seriesCount * samplesPerAppend * appends;
const bytes = await storedBytes(database);

const long = seriesOf('long');
const weekSamples = (7 * 86_400_000) / stepMs;
await store.append(tenantId, [blockOf(long, 7, 0, weekSamples)]);
const rangeMs: number[] = [];
for (let read = 0; read < 20; read += 1) {
  const readStartedAt = performance.now();
  await store.range(tenantId, { ids: [long.id] }, { from: startAt, to: startAt + 7 * 86_400_000 });
  rangeMs.push(performance.now() - readStartedAt);
}
rangeMs.sort((a, b) => a - b);

const clientCpuSeconds = (processCpu.user + processCpu.system) / 1e6;
console.log(
  JSON.stringify({
    bench: 'series-store',
    postgres: database.serverVersion,
    series: seriesCount,
    samples,
    append_samples_per_s: Math.round(samples / appendSeconds),
    // What appending 20,000 samples a second takes, in cores: this process and the database's process.
    client_cores_at_20k: round((clientCpuSeconds / samples) * 20_000),
    server_cores_at_20k: round((serverCpu / samples) * 20_000),
    bytes_per_sample: round(bytes / samples),
    range_samples: weekSamples,
    range_p50_ms: round(rangeMs[10] ?? 0),
    range_max_ms: round(rangeMs.at(-1) ?? 0),
  }),
);

function seriesOf(asset: string): SeriesRef {
  // The cast holds: asset names are not empty.
  const named = { asset: asset as AssetId, metric: 'cpu_usage', labels: { region: 'eu', zone: 'a' } };
  return { id: seriesIdOf(tenantId, named), ...named };
}

/** A noisy daily wave with two decimals at regular times, like a percentage that an agent scrapes. */
function blockOf(one: SeriesRef, seed: number, from: number, count = samplesPerAppend): SampleBlock {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  return {
    kind: 'samples',
    series: one,
    times: numbers.map((number) => startAt + number * stepMs),
    values: numbers.map((number) =>
      round(50 + 20 * Math.sin((number + seed) / 900) + ((number * 7919 + seed * 104_729) % 997) / 250),
    ),
  };
}

/** CPU seconds of all processes of the server so far, from /proc; zero where there is none. */
async function serverCpuSeconds(db: Database): Promise<number> {
  const pids = await db.asSystem((transaction) =>
    sql<{ pid: number }>`select pid from pg_stat_activity`.execute(transaction),
  );
  let ticks = 0;
  for (const { pid } of pids.rows) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / 100;
}

async function storedBytes(db: Database): Promise<number> {
  const found = await db.asSystem((transaction) =>
    sql<{ bytes: number }>`
      select (pg_total_relation_size('series_chunk') + pg_total_relation_size('series_head') + pg_total_relation_size('series')) as bytes
    `.execute(transaction),
  );
  return found.rows[0]?.bytes ?? 0;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
