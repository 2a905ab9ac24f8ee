import type { SeriesRef, TenantId } from '@heliosiq/model';
import type { SeriesRegistry } from '@heliosiq/ports';

/** Finds a series by its number. */
export interface SeriesLookup {
  get(ref: number): SeriesRef | undefined;
}

/**
 * Series of one partition of a tenant that were at work lately, each in a row of its own. Under the row parts of the stage keep
 * what they would look up with every sample else.
 */
export interface SeriesRows extends SeriesLookup {
  readonly size: () => number;
  /** The row of a series' number, -1 where it has none; the row that is expected is looked at first. */
  rowOf(ref: number, expected: number): number;
  /** A new row. */
  add(ref: number, series: SeriesRef): number;
  /** The series of a row. */
  at(row: number): SeriesRef | undefined;
  /** Its number; 0 where there is no such row. */
  refAt(row: number): number;
}

export function createSeriesRows(): SeriesRows {
  const rows = new Map<number, number>();
  const refs: number[] = [];
  const series: SeriesRef[] = [];
  return {
    size: () => refs.length,
    rowOf: (ref, expected) => (refs[expected] === ref ? expected : (rows.get(ref) ?? -1)),
    add(ref, one) {
      rows.set(ref, refs.length);
      series.push(one);
      return refs.push(ref) - 1;
    },
    at: (row) => series[row],
    refAt: (row) => refs[row] ?? 0,
    get(ref) {
      const row = rows.get(ref);
      return row === undefined ? undefined : series[row];
    },
  };
}

/**
 * The row of each sample, -1 for one of a series without a row. Who sends keeps to an order, so that mostly the row behind
 * that of the sample before is the right one.
 */
export function rowsOfRefs(rows: SeriesRows, refs: Float64Array): Int32Array {
  const found = new Int32Array(refs.length);
  let expected = 0;
  for (let index = 0; index < refs.length; index += 1) {
    const row = rows.rowOf(refs[index] ?? 0, expected);
    found[index] = row;
    expected = row + 1;
  }
  return found;
}

/** What a part of the stage knows by rows; of rows that are gone nothing is kept. */
export interface RowColumn<Value> {
  /** A list with holes, for whoever asks to fill. */
  of(rows: SeriesRows): (Value | undefined)[];
  /** Forgets everything, of all rows. */
  clear(): void;
}

export function createRowColumn<Value>(): RowColumn<Value> {
  let columns = new WeakMap<SeriesRows, (Value | undefined)[]>();
  return {
    of(rows) {
      const known = columns.get(rows);
      if (known !== undefined) return known;
      const column: (Value | undefined)[] = [];
      columns.set(rows, column);
      return column;
    },
    clear() {
      columns = new WeakMap();
    },
  };
}

/** Finds these series too, which the registry is asked for where they have no row. */
export async function lookupWith(
  registry: Pick<SeriesRegistry, 'describe'>,
  { tenantId, series }: { readonly tenantId: TenantId; readonly series: SeriesLookup },
  refs: Iterable<number>,
): Promise<SeriesLookup> {
  const missing = [...new Set(refs)].filter((ref) => series.get(ref) === undefined);
  if (missing.length === 0) return series;
  const described = await registry.describe(tenantId, missing);
  return { get: (ref) => series.get(ref) ?? described.get(ref) };
}
