import type { PartRecord } from './detect-part.ts';

/** The samples of many series, series by series: of the n-th they lie from `ends[n - 1]` (0 for the first) to before `ends[n]`. */
export interface SeriesBlocks {
  /** The rows of the series, each once, in the order of their first samples. */
  readonly rows: Int32Array;
  readonly ends: Int32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** The samples of records by series, in the order of the records; `breathe` is called between records. */
export async function gatherBlocks(
  records: readonly PartRecord[],
  rowCount: number,
  breathe: () => Promise<void> | undefined,
): Promise<SeriesBlocks> {
  // A counting sort: how many samples each row has, where each begins, then every sample behind the earlier ones of its row.
  const next = new Int32Array(rowCount);
  const rows = new Int32Array(rowCount);
  let series = 0;
  let samples = 0;
  for (const { rows: rowOf } of records) {
    for (let index = 0; index < rowOf.length; index += 1) {
      const row = rowOf[index] ?? 0;
      const count = next[row] ?? 0;
      if (count === 0) rows[series++] = row;
      next[row] = count + 1;
    }
    samples += rowOf.length;
    await breathe();
  }
  const ends = new Int32Array(series);
  let end = 0;
  for (let index = 0; index < series; index += 1) {
    const row = rows[index] ?? 0;
    const from = end;
    end += next[row] ?? 0;
    ends[index] = end;
    next[row] = from;
  }
  const times = new Float64Array(samples);
  const values = new Float64Array(samples);
  for (const { rows: rowOf, columns } of records) {
    for (let index = 0; index < rowOf.length; index += 1) {
      const row = rowOf[index] ?? 0;
      const at = next[row] ?? 0;
      times[at] = columns.times[index] ?? 0;
      values[at] = columns.values[index] ?? 0;
      next[row] = at + 1;
    }
    await breathe();
  }
  return { rows: rows.slice(0, series), ends, times, values };
}
