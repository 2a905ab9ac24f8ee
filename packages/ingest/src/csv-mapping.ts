import { HeliosError } from '@heliosiq/model';
import { zoneOffsetMs } from './wire-time.ts';

/** Where a part of a sample comes from: a column of the file, or the same words for every row. */
export type CsvSource = { readonly column: string } | { readonly constant: string };

/** Unit of numeric times; `auto` tells it by the size of the number. */
export type CsvTimeUnit = 'auto' | 's' | 'ms' | 'us' | 'ns';

/** How rows become samples. */
export interface CsvMapping {
  readonly time: { readonly column: string; readonly unit: CsvTimeUnit; readonly zone?: string };
  readonly asset: CsvSource;
  /** Absent where every value column is a metric. */
  readonly metric?: CsvSource;
  /** The columns that hold values; `all` = every column that nothing else names. */
  readonly value: { readonly columns: readonly string[] | 'all' };
  readonly unit?: CsvSource;
  readonly labels: Readonly<Record<string, CsvSource>>;
}

const timeUnits: readonly CsvTimeUnit[] = ['auto', 's', 'ms', 'us', 'ns'];
const grammar = 'e.g. time=timestamp,asset=host,metric=name,value=usage,label.region=region,unit:=s';

/**
 * Reads the mapping of `--map`: comma-separated parts, `key=column` or `key:=constant`; a part with a comma in it
 * stands in double quotes, doubled inside, as in CSV.
 *
 * Keys: `time` (column); `time.unit` (`:=auto|s|ms|us|ns`); `time.zone` (`:=UTC` or `:=+02:00`, for times without a
 * zone); `asset`; `metric`; `value` (column, several parted by `|`, or `*` for all that nothing else names; without
 * `metric`, or with more than one value column, each column's name is the metric); `unit`; `label.NAME`.
 * Throws `invalid-request` naming the part at fault.
 */
export function parseCsvMapping(text: string): CsvMapping {
  const sources = new Map<string, CsvSource>();
  for (const part of splitParts(text)) {
    const match = /^\s*([a-z]+(?:\.[^:=]+)?)\s*(:?=)(.*)$/s.exec(part);
    if (match === null) throw bad(part, 'it is not key=column or key:=constant');
    const [, key = '', sign, words = ''] = match;
    if (!isKey(key)) throw bad(part, `there is no key "${key}"`);
    if (sources.has(key)) throw bad(part, `"${key}" is given twice`);
    if (words === '') throw bad(part, 'nothing stands after the equals sign');
    sources.set(key, sign === '=' ? { column: words } : { constant: words });
  }
  const value = columnOf(sources, 'value');
  const columns = value === '*' ? 'all' : value.split('|');
  const metric = sources.get('metric');
  if (metric !== undefined && (columns === 'all' || columns.length > 1)) {
    throw bad('metric', 'with several value columns their names are the metrics');
  }
  const asset = sources.get('asset');
  if (asset === undefined) throw bad('asset', 'it is missing');
  const unit = sources.get('unit');
  const zone = zoneOf(sources);
  return {
    time: { column: columnOf(sources, 'time'), unit: timeUnitOf(sources), ...(zone === undefined ? {} : { zone }) },
    asset,
    ...(metric === undefined ? {} : { metric }),
    value: { columns },
    ...(unit === undefined ? {} : { unit }),
    labels: Object.fromEntries(
      [...sources]
        .filter(([key]) => key.startsWith('label.'))
        .map(([key, source]) => [key.slice('label.'.length), source]),
    ),
  };
}

function splitParts(text: string): readonly string[] {
  const parts: string[] = [];
  const form = /"((?:[^"]|"")*)"|([^,]+)/y;
  for (let at = 0; at < text.length;) {
    form.lastIndex = at;
    const match = form.exec(text);
    if (match === null) throw bad(text.slice(at), 'a part is empty or its quotes do not end');
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    at = form.lastIndex;
    if (at < text.length && text[at++] !== ',') throw bad(text.slice(at - 1), 'a comma must follow the quotes');
  }
  return parts;
}

function isKey(key: string): boolean {
  return (
    ['time', 'time.unit', 'time.zone', 'asset', 'metric', 'value', 'unit'].includes(key) || key.startsWith('label.')
  );
}

function columnOf(sources: ReadonlyMap<string, CsvSource>, key: string): string {
  const source = sources.get(key);
  if (source === undefined) throw bad(key, 'it is missing');
  if (!('column' in source)) throw bad(key, 'it needs a column, with = and not :=');
  return source.column;
}

function constantOf(sources: ReadonlyMap<string, CsvSource>, key: string): string | undefined {
  const source = sources.get(key);
  if (source === undefined) return undefined;
  return 'constant' in source ? source.constant : source.column;
}

function timeUnitOf(sources: ReadonlyMap<string, CsvSource>): CsvTimeUnit {
  const words = constantOf(sources, 'time.unit') ?? 'auto';
  const unit = timeUnits.find((known) => known === words);
  if (unit === undefined) throw bad('time.unit', `use one of ${timeUnits.join(', ')}`);
  return unit;
}

function zoneOf(sources: ReadonlyMap<string, CsvSource>): string | undefined {
  const zone = constantOf(sources, 'time.zone');
  if (zone !== undefined && zoneOffsetMs(zone) === undefined)
    throw bad('time.zone', 'use UTC or an offset such as +02:00');
  return zone;
}

function bad(part: string, reason: string): HeliosError {
  return new HeliosError('invalid-request', `The mapping is not valid at "${part}": ${reason}`, {
    field: 'map',
    cure: `Write ${grammar}`,
  });
}
