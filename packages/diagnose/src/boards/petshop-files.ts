import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { TopologyEdge } from '../casefile.ts';

/** One column of a PetShop recording. */
export interface RecordedSeries {
  readonly asset: string;
  readonly metric: string;
  readonly statistic: string;
  /** One value a row, NaN where empty. */
  readonly values: Float64Array;
}

/** A PetShop `metrics.csv`: rows every 300 s, columns by (microservice, metric, statistic). */
export interface Recording {
  readonly timesMs: Float64Array;
  readonly series: readonly RecordedSeries[];
}

/** The symptom that a `target.json` names; its cause is read by {@link readRootCause} alone. */
export interface PetshopTarget {
  readonly node: string;
  readonly metric: string;
  readonly atMs: number;
}

/** One fault to rank: everything but its answer. */
export interface PetshopCase {
  /** `low_traffic/train/issue_0`. */
  readonly name: string;
  readonly traffic: string;
  readonly folder: string;
}

class PetshopFileError extends Error {}

function fail(file: string, what: string): never {
  throw new PetshopFileError(`${file}: ${what}`);
}

function rowsOf(file: string): string[][] {
  if (!existsSync(file)) fail(file, 'is missing');
  const text = readFileSync(file, 'utf8');
  if (text.includes('"')) fail(file, 'has quoted fields, which PetShop recordings never have');
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(','));
}

/** Reads a `metrics.csv` with its four header rows. Throws an error that names the file and the fault. */
export function readRecording(file: string): Recording {
  const rows = rowsOf(file);
  const [assets, metrics, statistics, stamps] = rows;
  if (
    assets?.[0] !== 'microservice' ||
    metrics?.[0] !== 'metric' ||
    statistics?.[0] !== 'statistic' ||
    stamps === undefined
  ) {
    fail(file, 'must begin with the header rows microservice, metric, statistic, unix_timestamp');
  }
  const body = rows.slice(4);
  if (body.length === 0) fail(file, 'has no rows');
  const ragged = body.findIndex((row) => row.length !== assets.length);
  if (ragged >= 0) fail(file, `line ${ragged + 5} has ${body[ragged]?.length ?? 0} fields instead of ${assets.length}`);
  const timesMs = Float64Array.from(body, (row) => Number(row[0]) * 1000);
  const badTime = timesMs.findIndex((atMs) => !Number.isFinite(atMs) || atMs <= 0);
  if (badTime >= 0) fail(file, `line ${badTime + 5} has no Unix time in its first field`);
  const series = assets.slice(1).map((asset, index) => {
    const values = Float64Array.from(body, (row) => {
      const text = row[index + 1] ?? '';
      return text === '' ? Number.NaN : Number(text);
    });
    const bad = body.findIndex((row, at) => (row[index + 1] ?? '') !== '' && !Number.isFinite(values[at]));
    if (bad >= 0) fail(file, `line ${bad + 5} has a value of ${asset} that is not a number`);
    return { asset, metric: metrics[index + 1] ?? '', statistic: statistics[index + 1] ?? '', values };
  });
  return { timesMs, series };
}

/** Reads `graph.csv`, an adjacency matrix whose row calls its column. */
export function readCallGraph(file: string): TopologyEdge[] {
  const rows = rowsOf(file);
  const names = rows[0]?.slice(1) ?? [];
  if (names.length === 0) fail(file, 'has no node names in its first line');
  const edges: TopologyEdge[] = [];
  for (const row of rows.slice(1)) {
    if (row.length !== names.length + 1)
      fail(file, `the row of ${row[0] ?? '?'} has ${row.length - 1} entries instead of ${names.length}`);
    names.forEach((to, index) => {
      const entry = Number(row[index + 1]);
      if (!Number.isFinite(entry)) fail(file, `the row of ${row[0] ?? '?'} has an entry that is not a number`);
      if (entry !== 0) edges.push({ from: row[0] ?? '', to, kind: 'calls' });
    });
  }
  return edges;
}

function targetFile(folder: string): Record<string, Record<string, unknown>> {
  const file = join(folder, 'target.json');
  if (!existsSync(file)) fail(file, 'is missing');
  try {
    // The shape is checked field by field by the two readers below.
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, unknown>>;
  } catch {
    return fail(file, 'is not JSON');
  }
}

/** Reads what was complained of, and nothing else, from a case's `target.json`. */
export function readTarget(folder: string): PetshopTarget {
  const target = targetFile(folder)['target'];
  const [node, metric, timestamp] = [target?.['node'], target?.['metric'], target?.['timestamp']];
  if (typeof node !== 'string' || typeof metric !== 'string' || typeof timestamp !== 'number') {
    fail(join(folder, 'target.json'), 'has no target with node, metric and timestamp');
  }
  return { node, metric, atMs: timestamp * 1000 };
}

/** Reads the true cause; to be called only after the ranking of that case is final. */
export function readRootCause(folder: string): string {
  const node = targetFile(folder)['root_cause']?.['node'];
  if (typeof node !== 'string') fail(join(folder, 'target.json'), 'has no root_cause with node');
  return node;
}

/** The `dataset` folder below (or at) a PetShop folder. */
export function datasetFolder(dataDir: string): string {
  if (!existsSync(dataDir) || !statSync(dataDir).isDirectory()) fail(dataDir, 'is not a folder');
  const inner = join(dataDir, 'dataset');
  return existsSync(inner) ? inner : dataDir;
}

/** Traffic scenarios of a data set: its subfolders with a `graph.csv`, by name. */
export function listTraffics(dataset: string): string[] {
  const traffics = readdirSync(dataset)
    .filter((name) => existsSync(join(dataset, name, 'graph.csv')))
    .sort();
  if (traffics.length === 0) fail(dataset, 'holds no folder with a graph.csv');
  return traffics;
}

/** Every `issue_*` folder of one traffic, in any split, in natural order. */
export function listCases(dataset: string, traffic: string): PetshopCase[] {
  const root = join(dataset, traffic);
  const splits = readdirSync(root)
    .filter((name) => name !== 'noissue' && statSync(join(root, name)).isDirectory())
    .sort();
  return splits.flatMap((split) =>
    readdirSync(join(root, split))
      .filter((name) => /^issue_/.test(name))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => {
        const folder = join(root, split, name);
        return { name: relative(dataset, folder).split(sep).join('/'), traffic, folder };
      }),
  );
}
