import { type RecordTable, createRecordTable } from '../record-table.ts';

/** Index of each number of a series. */
export const JOB = {
  ref: 0,
  lastAt: 1,
  level: 2,
  /** Mean absolute difference from one sample to the next. */
  step: 3,
  count: 4,
  usualMs: 5,
  /** Highest value of the event that is going on; NaN without one. */
  peak: 6,
  /** Slot of that event. */
  eventSlot: 7,
} as const;

/** Index of each number of a slot: a time of day at which something recurs. Days are counted from 1970-01-01 UTC. */
export const SLOT = {
  /** Milliseconds into the day; -1 for a slot that is free. */
  timeMs: 0,
  /** Mean height of its events above the level, and mean peak. */
  height: 1,
  peak: 2,
  hitDay: 3,
  checkedDay: 4,
  toldDay: 5,
  /** Runs and misses by weekday, four bits each, Sunday lowest. */
  hits: 6,
  misses: 7,
} as const;

/** Recurring times of one series. */
export const slotsPerSeries = 3;
const SERIES_NUMBERS = 8;
const SLOT_NUMBERS = 8;
/** Numbers of a series: 256 bytes. */
const RECORD = SERIES_NUMBERS + slotsPerSeries * SLOT_NUMBERS;
/** Where the numbers of a slot begin. */
export const slotAt = (record: number, slot: number): number => record + SERIES_NUMBERS + slot * SLOT_NUMBERS;
/** Where the numbers of a series begin, by its place in the table. */
export const recordAt = (place: number): number => place * RECORD;
/** A table of series with their recurring times. */
export const createJobTable = (): RecordTable =>
  createRecordTable({
    numbersPerSeries: RECORD,
    begin(numbers, record) {
      numbers[record + JOB.peak] = Number.NaN;
      for (let slot = 0; slot < slotsPerSeries; slot += 1) numbers[slotAt(record, slot) + SLOT.timeMs] = -1;
    },
    contents: 'jobs',
    cure: 'drop the state: times are learnt anew',
  });
