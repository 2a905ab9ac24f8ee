/**
 * Bytes on disk for real samples, everything counted: tables, their indexes, and the catalogue of series, after the merger has
 * sealed them and PostgreSQL has taken its room back (as its own vacuum would). The data: the Numenta Anomaly Benchmark, PetShop,
 * the RCD sock shop, and recorded scrapes of a node exporter. Prints one JSON line; exit 1 when the bar is missed.
 * `node bench/lake-size.bench.ts <folder of the data sets> [recorded scrapes, a line of JSON each] [URL of a PostgreSQL server]`
 */
import { join } from 'node:path';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { openDatabase, type Database } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresSeriesChanges } from '@heliosiq/adapters/postgres/series-changes.ts';
import { createSeriesMerger } from '@heliosiq/adapters/postgres/series-merger.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { startTestServer, useTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { AssetId, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
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
  figures[name] = await measure(set);
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
  await using database = await openDatabase({ url: testDatabase.url });
  const empty = await bytesOf(database);
  const store = createPostgresSeriesStore(database);
  const merger = createSeriesMerger({ database, logger: createMemoryLogger(), meter: createMemoryMeter() });
  const named = set.map((one) => {
    const name = { asset: AssetId.parse(one.asset), metric: one.metric, labels: one.labels };
    return { ...one, series: { id: seriesIdOf(tenantId, name), ...name } };
  });
  const longest = named.reduce((most, { times }) => Math.max(most, times.length), 0);
  for (let from = 0; from < longest; from += appendSamples) {
    const to = from + appendSamples;
    await store.append(
      tenantId,
      named.map(({ series, times, values }) => ({
        series,
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
  for (const table of ['sample_page', 'sample_block', 'series', 'series_extent', 'sample_change'])
    await vacuum(database, table);
  const bytes = await bytesOf(database);
  const samples = named.reduce((sum, { times }) => sum + times.length, 0);
  const summaries = await store.list(tenantId, {}, { limit: 1_000_000 });
  const round = (value: number): number => Math.round((value / samples) * 1000) / 1000;
  return {
    series: named.length,
    samples,
    stored: summaries.reduce((sum, one) => sum + one.samples, 0),
    bytes_per_sample: round(bytes.all),
    of_samples: round(bytes.samples - empty.samples),
    of_catalogue: round(bytes.catalogue - empty.catalogue),
  };
}

/** Vacuum cannot run in a transaction, which every statement of the database's own is. */
async function vacuum(database: Database, table: string): Promise<void> {
  await database.withClient('*', async (client) => {
    await client.query('commit');
    await client.query(`vacuum ${table}`);
    await client.query('begin');
  });
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
