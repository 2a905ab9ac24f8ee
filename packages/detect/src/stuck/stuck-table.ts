import { type RecordTable, createRecordTable } from '../record-table.ts';

/** Index of each number of a series. Times in milliseconds since the epoch, values in the series' unit. */
export const STUCK = {
  ref: 0,
  firstAt: 1,
  lastAt: 2,
  value: 3,
  /** When the value that is repeated came first, and how often it came again. */
  runFrom: 4,
  repeats: 5,
  /** Most repetitions of late. */
  longest: 6,
  samples: 7,
  /** Shares of samples that differ from the one before, and that are lower. */
  lively: 8,
  falling: 9,
  lowest: 10,
  highest: 11,
  /** 1 while the run is told as stuck; how often one was told that is not learnt yet. */
  told: 12,
  missed: 13,
} as const;

/** Numbers of a series: 112 bytes. */
const STUCK_NUMBERS = 14;

/** A table of what is known of the repeating of series. */
export const createStuckTable = (): RecordTable =>
  createRecordTable({
    numbersPerSeries: STUCK_NUMBERS,
    contents: 'repeated values',
    cure: 'drop the state: runs are learnt anew',
  });
