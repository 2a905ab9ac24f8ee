import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A recorded series: who it is, and its samples in ascending time (milliseconds since the epoch). */
export interface RecordedSamples {
  readonly asset: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Samples by series while they are read; where a timestamp repeats, the last value stays. */
type Gathered = Map<
  string,
  { readonly name: Omit<RecordedSamples, 'times' | 'values'>; readonly samples: Map<number, number> }
>;

/** The Numenta Anomaly Benchmark: a series a file. */
export function readNab(folder: string): readonly RecordedSamples[] {
  const gathered: Gathered = new Map();
  for (const file of filesOf(join(folder, 'data'), '.csv')) {
    const name = { asset: file, metric: 'value', labels: {} };
    for (const [stamp, value] of rowsOf(join(folder, 'data', file)).slice(1)) {
      add(gathered, name, { at: Date.parse(`${stamp}Z`), value });
    }
  }
  return seriesOf(gathered);
}

/** PetShop: the columns of `metrics.csv`; the recordings of one kind of traffic follow each other. */
export function readPetshop(folder: string): readonly RecordedSamples[] {
  const gathered: Gathered = new Map();
  for (const file of filesOf(join(folder, 'dataset'), 'metrics.csv')) {
    const [assets = [], metrics = [], statistics = [], , ...rows] = rowsOf(join(folder, 'dataset', file));
    for (const row of rows) {
      for (let column = 1; column < row.length; column += 1) {
        const name = {
          asset: assets[column] ?? '',
          metric: metrics[column] ?? '',
          labels: { statistic: statistics[column] ?? '' },
        };
        add(gathered, name, { at: Number(row[0]) * 1000, value: row[column] });
      }
    }
  }
  return seriesOf(gathered);
}

/** The metrics of the RCD sock shop: a column is a service and a measure. */
export function readRcd(folder: string): readonly RecordedSamples[] {
  const gathered: Gathered = new Map();
  for (const file of filesOf(folder, '.csv')) {
    const [heads = [], ...rows] = rowsOf(join(folder, file));
    for (const row of rows) {
      for (let column = 1; column < row.length; column += 1) {
        const [asset = '', ...measure] = (heads[column] ?? '').split('_');
        const name = { asset, metric: measure.join('_'), labels: {} };
        add(gathered, name, { at: Number(row[0]) * 1000, value: row[column] });
      }
    }
  }
  return seriesOf(gathered);
}

/** Recorded scrapes of an exporter: a line of JSON each with `at` and the `text` that it answered. */
export function readScrapes(file: string): readonly RecordedSamples[] {
  const gathered: Gathered = new Map();
  const names = new Map<string, Omit<RecordedSamples, 'times' | 'values'>>();
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    // The file is this bench's own recording.
    const { at, text } = JSON.parse(line) as { at: number; text: string };
    for (const sample of text.split('\n')) {
      const space = sample.lastIndexOf(' ');
      const head = sample.slice(0, space);
      let name = names.get(head);
      if (name === undefined) names.set(head, (name = nameOf(head)));
      add(gathered, name, { at, value: sample.slice(space + 1) });
    }
  }
  return seriesOf(gathered);
}

function nameOf(head: string): Omit<RecordedSamples, 'times' | 'values'> {
  const [, metric = head, inner = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(head) ?? [];
  const labels = Object.fromEntries(
    [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, value]) => [key, value]),
  );
  return { asset: 'localhost:9100', metric, labels: { ...labels, instance: 'localhost:9100', job: 'node' } };
}

function add(
  gathered: Gathered,
  name: Omit<RecordedSamples, 'times' | 'values'>,
  { at, value }: { readonly at: number; readonly value: string | undefined },
): void {
  if (value === undefined || value === '') return;
  const key = JSON.stringify(name);
  let series = gathered.get(key);
  if (series === undefined) gathered.set(key, (series = { name, samples: new Map() }));
  series.samples.set(at, Number(value.replace('Inf', 'Infinity')));
}

function seriesOf(gathered: Gathered): RecordedSamples[] {
  return [...gathered.values()].map(({ name, samples }) => {
    const sorted = [...samples].sort(([a], [b]) => a - b);
    return {
      ...name,
      times: Float64Array.from(sorted, ([at]) => at),
      values: Float64Array.from(sorted, ([, value]) => value),
    };
  });
}

function filesOf(folder: string, end: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(end))
    .sort();
}

function rowsOf(file: string): string[][] {
  return readFileSync(file, 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
}
