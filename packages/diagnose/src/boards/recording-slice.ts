import type { Recording } from './petshop-files.ts';

function takeRows(recording: Recording, keep: (row: number) => boolean): Recording {
  return {
    timesMs: recording.timesMs.filter((_, row) => keep(row)),
    series: recording.series.map((one) => ({ ...one, values: one.values.filter((_, row) => keep(row)) })),
  };
}

/** Some consecutive rows of a recording, and all rows that lie more than `gapRows` away from them. */
export function cutSlice(
  recording: Recording,
  where: { readonly from: number; readonly rows: number; readonly gapRows: number },
): { slice: Recording; rest: Recording } {
  const { from, rows, gapRows } = where;
  return {
    slice: takeRows(recording, (row) => row >= from && row < from + rows),
    rest: takeRows(recording, (row) => row < from - gapRows || row >= from + rows + gapRows),
  };
}
