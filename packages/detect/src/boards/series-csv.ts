import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { HeliosError } from '@heliosiq/model';

/** A recorded series as read from a CSV file. */
export interface SeriesFile {
  /** Path below the folder that was listed, with forward slashes and without `.gz`. */
  readonly name: string;
  /** The timestamps as written, and in milliseconds since the epoch (UTC where no zone is written). */
  readonly stamps: readonly string[];
  readonly timesMs: Float64Array;
  /** NaN where a value is missing. */
  readonly values: Float64Array;
  /** 1 where labelled; all 0 for a file without that column. */
  readonly labels: Uint8Array;
}

/** An error whose message is one line naming the file and what is wrong with it. */
export const dataFault = (file: string, what: string): HeliosError =>
  new HeliosError('invalid-request', `${file}: ${what}`);

/** All `.csv` and `.csv.gz` files below a folder, in order of their paths. Throws if there are none. */
export function listSeriesFiles(folder: string): string[] {
  let entries: string[];
  try {
    entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    throw dataFault(folder, 'there is no such folder that can be read');
  }
  const files = entries.filter((entry) => /\.csv(\.gz)?$/.test(entry)).sort();
  if (files.length === 0) throw dataFault(folder, 'holds no .csv or .csv.gz file');
  return files.map((entry) => join(folder, entry));
}

/** Milliseconds of `2014-04-01 00:00:00`, ISO 8601 or seconds since the epoch; NaN if it is none of these. */
export function parseStamp(stamp: string): number {
  if (/^-?\d+(\.\d+)?$/.test(stamp)) return Number(stamp) * 1000;
  const iso = stamp.trim().replace(' ', 'T');
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
}

/** Reads one file with the columns timestamp, value and, where it is required, label. */
export function readSeriesFile(folder: string, path: string, labelled: boolean): SeriesFile {
  let text: string;
  try {
    const bytes = readFileSync(path);
    text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (cause) {
    throw dataFault(path, `cannot be read (${cause instanceof Error ? cause.message : 'unknown reason'})`);
  }
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  const wanted = labelled ? ['timestamp', 'value', 'label'] : ['timestamp', 'value'];
  const header = (lines[0] ?? '').replace('\uFEFF', '').split(',');
  const columns = wanted.map((name) => header.indexOf(name));
  const missing = wanted.find((_, index) => columns[index] === -1);
  if (missing !== undefined) throw dataFault(path, `line 1: there is no column "${missing}"`);
  const rows = lines.length - 1;
  if (rows < 1) throw dataFault(path, 'has no rows');
  const stamps: string[] = [];
  const timesMs = new Float64Array(rows);
  const values = new Float64Array(rows);
  const labels = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) {
    const cells = (lines[i + 1] ?? '').split(',');
    const [stamp = '', value = '', label = ''] = columns.map((column) => (cells[column] ?? '').trim());
    timesMs[i] = parseStamp(stamp);
    if (Number.isNaN(timesMs[i])) throw dataFault(path, `line ${i + 2}: "${stamp}" is not a timestamp`);
    values[i] = value === '' ? Number.NaN : Number(value);
    if (value !== '' && !Number.isFinite(values[i])) throw dataFault(path, `line ${i + 2}: "${value}" is not a number`);
    if (labelled && label !== '0' && label !== '1') {
      throw dataFault(path, `line ${i + 2}: "${label}" is not a label (0 or 1)`);
    }
    labels[i] = label === '1' ? 1 : 0;
    stamps.push(stamp);
  }
  const name = relative(folder, path).split(sep).join('/').replace(/\.gz$/, '');
  return { name, stamps, timesMs, values, labels };
}

/** Writes raw predictions as CSV below `outDir`, making folders as needed. */
export function writePredictions(outDir: string, name: string, lines: readonly string[]): void {
  const path = join(outDir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join('\n')}\n`);
}
