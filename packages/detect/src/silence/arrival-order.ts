import type { SampleColumns } from '@heliosiq/model/sample-columns.ts';

/** What a record has of one series. */
export interface SeriesArrival {
  readonly row: number;
  /** The times of its samples, ascending; to be read before the next arrival is asked for. */
  readonly times: readonly number[];
}

/** Takes records apart, one after the other. */
export type ArrivalOrder = (record: {
  readonly columns: SampleColumns;
  /** The row of each sample's series. */
  readonly rows: Int32Array;
  /** Samples of later times are left out, as those are that have no value. */
  readonly latestAt: number;
}) => Iterable<SeriesArrival>;

/** The series of a record in the order of their first samples there. Most records have one sample of each, which costs no list. */
export function createArrivalOrder(): ArrivalOrder {
  /** The number of the last record that had a sample of a row. */
  let seenIn = new Int32Array(0);
  let records = 0;

  function hasRepeats(rows: Int32Array): boolean {
    records = (records + 1) | 0;
    for (const row of rows) {
      if (row >= seenIn.length) {
        const wider = new Int32Array(2 * row + 64);
        wider.set(seenIn);
        seenIn = wider;
      }
      if (seenIn[row] === records) return true;
      seenIn[row] = records;
    }
    return false;
  }

  return function* inOrder({ columns: { times, values }, rows, latestAt }) {
    const isTaken = (index: number): boolean =>
      Number.isFinite(values[index] ?? Number.NaN) && (times[index] ?? 0) <= latestAt;
    if (!hasRepeats(rows)) {
      const arrival = { row: 0, times: [0] };
      for (let index = 0; index < rows.length; index += 1) {
        if (!isTaken(index)) continue;
        arrival.row = rows[index] ?? 0;
        arrival.times[0] = times[index] ?? 0;
        yield arrival;
      }
      return;
    }
    const timesOf = new Map<number, number[]>();
    for (let index = 0; index < rows.length; index += 1) {
      if (!isTaken(index)) continue;
      const known = timesOf.get(rows[index] ?? 0);
      if (known === undefined) timesOf.set(rows[index] ?? 0, [times[index] ?? 0]);
      else known.push(times[index] ?? 0);
    }
    for (const [row, own] of timesOf) {
      if (own.length > 1) own.sort((a, b) => a - b);
      yield { row, times: own };
    }
  };
}
