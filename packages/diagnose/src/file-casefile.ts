import { Edge, HeliosError } from '@heliosiq/model';
import type { Casefile, SeriesWindow, TopologyEdge } from './casefile.ts';
import { csvRows } from './csv-text.ts';

/** What someone with files alone can give. */
export interface FilesOfCase {
  /**
   * Comma-separated samples with a line of names: either `time,asset,metric,value`, or `time` and one column a series, named
   * `asset/metric` (or `asset_metric`, cut at the first underscore). Times are Unix seconds or milliseconds, or ISO 8601.
   */
  readonly metrics: string;
  /** JSON with `edges` of `from`, `to`, `kind`, or comma-separated lines `from,to[,kind]`; a kind left out is `calls`. */
  readonly topology?: string;
  /** When the trouble was noticed, some minutes late at most. Milliseconds since 1970. */
  readonly atMs: number;
  /** Where it was felt, if that is known. */
  readonly target?: { readonly asset: string; readonly metric?: string };
}

const MILLISECONDS_FROM = 1e11;

/** A moment in Unix seconds, Unix milliseconds or ISO 8601 as milliseconds since 1970; `NaN` for anything else. */
export function momentMs(text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(number)) return Math.abs(number) >= MILLISECONDS_FROM ? number : number * 1000;
  return Date.parse(text);
}

function fault(message: string, cure: string): HeliosError {
  return new HeliosError('invalid-request', message, { cure });
}

interface Sample {
  readonly asset: string;
  readonly metric: string;
  readonly atMs: number;
  readonly value: number;
}

function readLong(names: readonly string[], rows: readonly string[][]): Sample[] {
  const [time = -1, asset = -1, metric = -1, value = -1] = ['time', 'asset', 'metric', 'value'].map((name) =>
    names.indexOf(name),
  );
  return rows.map((row) => ({
    asset: row[asset] ?? '',
    metric: row[metric] ?? '',
    atMs: momentMs(row[time] ?? ''),
    value: row[value] === '' ? Number.NaN : Number(row[value]),
  }));
}

function readWide(names: readonly string[], rows: readonly string[][]): Sample[] {
  const time = names.indexOf('time');
  return names.flatMap((name, index): Sample[] => {
    if (index === time) return [];
    const cut = name.includes('/') ? name.indexOf('/') : name.indexOf('_');
    const [asset, metric] = cut > 0 ? [name.slice(0, cut), name.slice(cut + 1)] : ['', ''];
    if (asset === '' || metric === '')
      throw fault(
        `the column "${name}" of the metrics names no asset and metric`,
        'name it asset/metric, e.g. cart/latency',
      );
    return rows.map((row) => {
      const text = row[index] ?? '';
      return { asset, metric, atMs: momentMs(row[time] ?? ''), value: text === '' ? Number.NaN : Number(text) };
    });
  });
}

function readSamples(text: string): Sample[] {
  const [head = [], ...rows] = csvRows(text);
  const names = head.map((name) => name.trim());
  if (!names.includes('time') || rows.length === 0)
    throw fault(
      'the metrics have no column "time" or no rows',
      'give CSV with time,asset,metric,value or time,asset/metric,...',
    );
  const isLong = ['asset', 'metric', 'value'].every((name) => names.includes(name));
  const samples = isLong ? readLong(names, rows) : readWide(names, rows);
  const bad = samples.findIndex(({ atMs, asset }) => !Number.isFinite(atMs) || asset === '');
  if (bad >= 0)
    throw fault(
      `line ${(bad % rows.length) + 2} of the metrics has no readable time or asset`,
      'give Unix seconds or ISO 8601',
    );
  return samples;
}

function readEdges(text: string): TopologyEdge[] {
  const isJson = text.trimStart().startsWith('{');
  let entries: unknown;
  try {
    entries = isJson
      ? (JSON.parse(text) as { edges?: unknown }).edges // parsed edge by edge below
      : csvRows(text)
          .filter((row) => row[0] !== 'from')
          .map(([from, to, kind]) => ({ from, to, kind: kind === undefined || kind === '' ? 'calls' : kind }));
  } catch {
    throw fault(
      'the topology is not JSON',
      'give {"edges":[{"from":"a","to":"b","kind":"calls"}]} or lines from,to,kind',
    );
  }
  const parsed = Edge.array().safeParse(entries);
  if (!parsed.success)
    throw fault(
      'the topology has no readable edges',
      'give {"edges":[{"from":"a","to":"b","kind":"calls"}]} or lines from,to,kind',
    );
  return parsed.data;
}

/**
 * Builds a casefile from files, for {@link rankCauses} without any store: samples before `atMs` are the past, the others the
 * trouble. Throws `invalid-request` that says what is wrong with which file.
 */
export function casefileOfFiles({ metrics, topology, atMs, target }: FilesOfCase): Casefile {
  const samples = readSamples(metrics);
  const times = samples.map((sample) => sample.atMs);
  const [firstMs, lastMs] = times.reduce(
    ([low, high], time) => [Math.min(low, time), Math.max(high, time)],
    [Infinity, -Infinity],
  );
  if (!(firstMs < atMs && lastMs >= atMs))
    throw fault(
      `the metrics span ${new Date(firstMs).toISOString()} to ${new Date(lastMs).toISOString()} and do not surround the given time`,
      'give with --at when the trouble was noticed, and samples from before and after it',
    );
  const groups = Map.groupBy(samples, ({ asset, metric }) => JSON.stringify([asset, metric]));
  const series = [...groups.values()].flatMap((group): SeriesWindow[] => {
    const [first] = group;
    if (first === undefined) return [];
    const part = (isPast: boolean): SeriesWindow['baseline'] => {
      const kept = group.filter((sample) => sample.atMs < atMs === isPast);
      return {
        timesMs: Float64Array.from(kept, (sample) => sample.atMs),
        values: Float64Array.from(kept, (sample) => sample.value),
      };
    };
    return [{ asset: first.asset, metric: first.metric, baseline: part(true), fault: part(false) }];
  });
  return {
    ...(target === undefined ? {} : { target }),
    window: { baselineFromMs: firstMs, faultFromMs: atMs, faultToMs: lastMs + 1 },
    series,
    edges: topology === undefined ? [] : readEdges(topology),
    changes: [],
  };
}
