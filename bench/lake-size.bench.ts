/**
 * Bytes on disk for real samples, everything counted: tables, their indexes and maps, and the catalogue of series, after the merger
 * has sealed them, PostgreSQL has vacuumed the tables that its autovacuum would (by its own thresholds, at once instead of later), and
 * the merger has written small tables anew, as its service does an hour after it started and has nothing else to do.
 * The data: the Numenta Anomaly Benchmark, PetShop, the RCD sock shop, and recorded scrapes of a node exporter. Prometheus and
 * VictoriaMetrics, where they are installed, store the same samples. Prints one JSON line; exit 1 when the bar is missed.
 * `node bench/lake-size.bench.ts <folder of the data sets> [recorded scrapes, a line of JSON each] [URL of a PostgreSQL server]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { openDatabase, type Database } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresSeriesChanges } from '@heliosiq/adapters/postgres/series-changes.ts';
import { createSeriesMerger, type SeriesMerger } from '@heliosiq/adapters/postgres/series-merger.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { startTestServer, useTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { AssetId, TenantId, type SampleBlock } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { folderBytes, lakePeers } from './support/lake-peers.ts';
import { readNab, readPetshop, readRcd, readScrapes, type RecordedSamples } from './support/recorded-series.ts';

const bars = { bytesPerSample: 2 };
const tenantId = TenantId.parse('bench');
/** Samples of a series that are appended at once, as by whoever loads a recording. */
const appendSamples = 50_000;

const [, , dataFolder = join('..', 'shared', 'data'), scrapesFile, url] = process.argv;
const sets: Readonly<Record<string, readonly RecordedSamples[]>> = {
  nab: readNab(join(dataFolder, 'nab')),
  petshop: readPetshop(join(dataFolder, 'petshop')),
  rcd: readRcd(join(dataFolder, 'rcd-sock-shop')),
  ...(scrapesFile !== undefined && { node_exporter: readScrapes(scrapesFile) }),
};

const figures: Record<string, unknown> = { bench: 'lake-size' };
for (const [name, set] of [...Object.entries(sets), ['all', Object.values(sets).flat()] as const]) {
  figures[name] = { ...(await measure(set)), ...(await measurePeers(nameAll(set))) };
}
console.log(JSON.stringify(figures));
const all = figures['all'] as Measured; // as measured above
process.exitCode = all.bytes_per_sample <= bars.bytesPerSample ? 0 : 1;

interface Measured {
  readonly series: number;
  readonly samples: number;
  readonly stored: number;
  readonly bytes_per_sample: number;
  readonly of_samples: number;
  readonly of_catalogue: number;
}

async function measure(set: readonly RecordedSamples[]): Promise<Measured> {
  await using server = url === undefined ? await startTestServer() : useTestServer(url);
  await using testDatabase = await server.createDatabase();
  const named = nameAll(set);
  const empty = await store(testDatabase.url, named);
  // Connections that end hand in what they counted, by which the server knows what to vacuum.
  await using database = await openDatabase({ url: testDatabase.url });
  await vacuumAsTheServerWould(database);
  await mergerOf(database).packTables();
  const bytes = await bytesOf(database);
  const samples = named.reduce((sum, { times }) => sum + times.length, 0);
  const summaries = await createPostgresSeriesStore(database).list(tenantId, {}, { limit: 1_000_000 });
  const round = (value: number): number => roundedBy(value, samples);
  return {
    series: named.length,
    samples,
    stored: summaries.reduce((sum, one) => sum + one.samples, 0),
    bytes_per_sample: round(bytes.all),
    of_samples: round(bytes.samples - empty.samples),
    of_catalogue: round(bytes.catalogue - empty.catalogue),
  };
}

type NamedSamples = RecordedSamples & SampleBlock;

function nameAll(set: readonly RecordedSamples[]): readonly NamedSamples[] {
  return set.map((one) => {
    const name = { asset: AssetId.parse(one.asset), metric: one.metric, labels: one.labels };
    return { ...one, series: { id: seriesIdOf(tenantId, name), ...name } };
  });
}

/** Stores and seals samples as a running program does; returns what the empty tables took. */
async function store(databaseUrl: string, named: readonly NamedSamples[]): ReturnType<typeof bytesOf> {
  await using database = await openDatabase({ url: databaseUrl });
  const empty = await bytesOf(database);
  const series = createPostgresSeriesStore(database);
  const merger = mergerOf(database);
  const longest = named.reduce((most, { times }) => Math.max(most, times.length), 0);
  for (let from = 0; from < longest; from += appendSamples) {
    const to = from + appendSamples;
    await series.append(
      tenantId,
      named.map(({ series: one, times, values }) => ({
        series: one,
        times: times.subarray(from, to),
        values: values.subarray(from, to),
      })),
    );
    await merger.mergeAll();
  }
  await merger.mergeAll({ isFinal: true });
  // As whoever derives something from the samples does in a running program.
  const changes = createPostgresSeriesChanges(database);
  await changes.settle(tenantId, await changes.changed(tenantId, { limit: 1_000_000, until: Infinity }));
  return empty;
}

function mergerOf(database: Database): SeriesMerger {
  return createSeriesMerger({ database, logger: createMemoryLogger(), meter: createMemoryMeter() });
}

/** Tables and what is stored out of line for them, by the rule of "The Autovacuum Daemon" in PostgreSQL's manual. */
async function vacuumAsTheServerWould(database: Database): Promise<void> {
  await database.withClient('*', async (client) => {
    const due = await client.query<{ name: string; is_toast: boolean }>(
      `select coalesce(owner.oid, c.oid)::regclass::text as name, owner.oid is not null as is_toast
         from pg_stat_all_tables t
         join pg_class c on c.oid = t.relid
         left join pg_class owner on owner.reltoastrelid = c.oid
        where coalesce(owner.relname, c.relname) ~ '^(series|sample)(_|$)'
          and (t.n_dead_tup > 50 + 0.1 * greatest(c.reltuples, 0) or t.n_ins_since_vacuum > 1000 + 0.2 * greatest(c.reltuples, 0))`,
    );
    // Vacuum cannot run in a transaction, which every statement of the database's own is.
    await client.query('commit');
    for (const { name, is_toast: isToast } of due.rows) {
      await client.query(isToast ? `vacuum (process_main false) ${name}` : `vacuum (process_toast false) ${name}`);
    }
    await client.query('begin');
  });
}

/** Bytes a sample of other stores on the same samples, after they have merged what they hold. */
async function measurePeers(named: readonly NamedSamples[]): Promise<Record<string, number>> {
  const samples = named.reduce((sum, { times }) => sum + times.length, 0);
  const sizes: Record<string, number> = {};
  for (const [name, start] of lakePeers()) {
    const folder = await mkdtemp(join(tmpdir(), 'heliosiq-lake-size-'));
    try {
      await using peer = await start(folder);
      for (const part of inTimeOrder(named)) await peer.write(part);
      sizes[name] = roundedBy(await folderBytes(await peer.settle()), samples);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return sizes;
}

/** Samples day by day, because Prometheus takes none that are much older than its last. */
function* inTimeOrder(named: readonly NamedSamples[]): Generator<SampleBlock[]> {
  const days = new Map<number, SampleBlock[]>();
  for (const { series, times, values } of named) {
    for (let start = 0, end = 1; start < times.length; start = end, end += 1) {
      const day = dayOf(times[start]);
      while (end < times.length && dayOf(times[end]) === day) end += 1;
      const block = { series, times: times.subarray(start, end), values: values.subarray(start, end) };
      const own = days.get(day);
      if (own === undefined) days.set(day, [block]);
      else own.push(block);
    }
  }
  for (const [, blocks] of [...days].sort(([a], [b]) => a - b)) yield blocks;
}

function dayOf(at: number | undefined): number {
  return Math.floor((at ?? 0) / 86_400_000);
}

function roundedBy(value: number, samples: number): number {
  return Math.round((value / samples) * 1000) / 1000;
}

async function bytesOf(database: Database): Promise<{ all: number; samples: number; catalogue: number }> {
  const found = await database.withClient('*', (client) =>
    client.query<{ name: string; bytes: number }>(
      `select relname as name, pg_total_relation_size(oid)::bigint as bytes from pg_class
        where relkind = 'r' and relname ~ '^(series|sample)(_|$)'`,
    ),
  );
  const sum = (chosen: (name: string) => boolean): number =>
    found.rows.filter(({ name }) => chosen(name)).reduce((total, { bytes }) => total + bytes, 0);
  return {
    all: sum(() => true),
    samples: sum((name) => name.startsWith('sample')),
    catalogue: sum((name) => name.startsWith('series')),
  };
}
