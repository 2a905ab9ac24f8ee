import type { Readable } from 'node:stream';
import { HeliosError, accepted, rejected } from '@heliosiq/model';
import type { Outcome } from '@heliosiq/model';
import { parse } from 'csv-parse';
import type { CsvMapping, CsvSource } from './csv-mapping.ts';
import { parseCsvTime } from './csv-time.ts';

/** A sample as the HTTP door takes it; the door checks names, limits and age. */
export interface WireSample {
  readonly kind: 'sample';
  readonly asset: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: number;
}

/** What became of a cell or row. `line` counts lines of the file from 1; the header is line 1. */
export interface CsvOutcome {
  readonly line: number;
  readonly outcome: Outcome<WireSample>;
}

/** A place between two rows, from which a file can be read on. Bytes and lines count from the beginning of the text. */
export interface CsvPlace {
  readonly headerBytes: number;
  readonly headerLines: number;
  readonly bytes: number;
  readonly lines: number;
}

export interface CsvReading {
  /** The stream brings the header, and then what follows this place. */
  readonly from?: CsvPlace | undefined;
  /** Told of the place behind a row once all of its outcomes were taken. */
  readonly onPlace?: (place: CsvPlace) => void;
}

/** Characters of one row at most: an unclosed quote must not swallow a whole file into memory. */
const rowCharactersMax = 1_000_000;

/**
 * Streams a CSV file with a header (RFC 4180; UTF-8, with or without a byte order mark) as samples. A bad row or cell
 * is an outcome with its line (one whose quotes are broken may come ahead of rows before it); an empty cell of a wide file is no sample and no fault. Throws `invalid-request` when
 * the header lacks a column of the mapping. Memory is bounded by the longest row.
 */
export async function* readCsvSignals(
  stream: Readable,
  mapping: CsvMapping,
  { from, onPlace }: CsvReading = {},
): AsyncIterable<CsvOutcome> {
  const skipped = from === undefined ? 0 : from.lines - from.headerLines;
  const unreadable: CsvOutcome[] = [];
  const parser = stream.pipe(
    parse({
      bom: true,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      max_record_size: rowCharactersMax,
      on_skip: (error) => {
        const lines: unknown = error?.['lines'];
        unreadable.push({
          line: typeof lines === 'number' ? lines + skipped : 0,
          outcome: rejected(error?.message ?? 'the row cannot be read'),
        });
        return undefined;
      },
    }),
  );
  // An error of the source does not travel through a pipe by itself.
  stream.once('error', (error) => parser.destroy(error));
  let reader: RowReader | undefined;
  let place = from;
  try {
    for await (const item of parser) {
      // The cast holds for csv-parse with `info` and without `columns`: cells, and where the row ended.
      const { record, info } = item as { record: readonly string[]; info: { lines: number; bytes: number } };
      yield* unreadable.splice(0);
      if (reader === undefined) {
        reader = createRowReader(record, mapping);
        place ??= { headerBytes: info.bytes, headerLines: info.lines, bytes: info.bytes, lines: info.lines };
        continue;
      }
      const line = info.lines + skipped;
      for (const outcome of reader(record)) yield { line, outcome };
      if (onPlace === undefined || place === undefined) continue;
      const { headerBytes, headerLines } = place;
      const before = from === undefined ? 0 : from.bytes - headerBytes;
      onPlace({ headerBytes, headerLines, bytes: info.bytes + before, lines: line });
    }
    yield* unreadable.splice(0);
  } finally {
    stream.destroy();
  }
}

type RowReader = (row: readonly string[]) => Iterable<Outcome<WireSample>>;
type Cell = (row: readonly string[]) => string;

/** Resolves the mapping's columns against the header once. */
function createRowReader(header: readonly string[], mapping: CsvMapping): RowReader {
  const names = header.map((name) => name.trim());
  const used = new Set<string>();

  function indexOf(column: string): number {
    used.add(column);
    const index = names.indexOf(column);
    if (index !== -1) return index;
    throw new HeliosError('invalid-request', `The file has no column "${column}"`, {
      field: 'map',
      cure: `Use columns of its header: ${names.slice(0, 50).join(', ')}`,
    });
  }
  function cellOf(source: CsvSource): Cell {
    if ('constant' in source) return () => source.constant;
    const index = indexOf(source.column);
    return (row) => (row[index] ?? '').trim();
  }

  const time = cellOf({ column: mapping.time.column });
  const asset = cellOf(mapping.asset);
  const metric = mapping.metric === undefined ? undefined : cellOf(mapping.metric);
  const unit = mapping.unit === undefined ? undefined : cellOf(mapping.unit);
  const labels = Object.entries(mapping.labels).map(([name, source]) => ({ name, cell: cellOf(source) }));
  const { columns } = mapping.value;
  const valueColumns = columns === 'all' ? names.filter((name) => !used.has(name) && name !== '') : columns;
  const values = valueColumns.map((name) => ({ name, index: indexOf(name) }));
  const isWide = values.length > 1 || columns === 'all';

  return function* read(row) {
    if (row.length !== names.length) {
      yield rejected(`the row has ${row.length} cells, the header has ${names.length}`);
      return;
    }
    const at = parseCsvTime(time(row), mapping.time);
    if (typeof at === 'string') {
      yield rejected(`column "${mapping.time.column}": ${at}`);
      return;
    }
    const unitText = unit?.(row) ?? '';
    const common = {
      kind: 'sample',
      asset: asset(row),
      labels: Object.fromEntries(labels.map(({ name, cell }) => [name, cell(row)]).filter(([, text]) => text !== '')),
      ...(unitText === '' ? {} : { unit: unitText }),
      at,
    } as const;
    for (const { name, index } of values) {
      const text = (row[index] ?? '').trim();
      if (text === '' && isWide) continue;
      const value = text === '' ? Number.NaN : Number(text);
      yield Number.isFinite(value)
        ? accepted({ ...common, metric: metric?.(row) ?? name, value })
        : rejected(`column "${name}": "${text.slice(0, 60)}" is not a finite number`);
    }
  };
}
