import { HeliosError } from '@heliosiq/model';

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
const RECORD = SERIES_NUMBERS + slotsPerSeries * SLOT_NUMBERS;
/** Series that are stored as one entry. */
export const seriesPerChunk = 128;

/** Series with their recurring times, 256 bytes each. */
export interface JobTable {
  readonly size: () => number;
  /** Where the numbers of a series begin; -1 when it has none. */
  find(ref: number): number;
  add(ref: number): number;
  /** All numbers; replaced when the table grows, so do not keep it over an `add`. */
  numbers(): Float64Array;
  pack(chunk: number): Uint8Array;
  /** Appends the series of a chunk. Throws `HeliosError('internal')` for bytes of another length. */
  append(bytes: Uint8Array): void;
}

/** Where the numbers of a slot begin. */
export const slotAt = (record: number, slot: number): number => record + SERIES_NUMBERS + slot * SLOT_NUMBERS;
/** Where the numbers of a series begin, by its place in the table. */
export const recordAt = (place: number): number => place * RECORD;
/** The chunk that a series is in. */
export const chunkOf = (record: number): number => Math.floor(record / RECORD / seriesPerChunk);

export function createJobTable(): JobTable {
  const places = new Map<number, number>();
  let numbers = new Float64Array(0);
  let size = 0;

  function grow(needed: number): void {
    if (needed * RECORD <= numbers.length) return;
    const wider = new Float64Array(Math.max(32, Math.ceil(needed * 1.5)) * RECORD);
    wider.set(numbers);
    numbers = wider;
  }

  return {
    size: () => size,
    numbers: () => numbers,
    find(ref) {
      const place = places.get(ref);
      return place === undefined ? -1 : recordAt(place);
    },
    add(ref) {
      grow(size + 1);
      const record = recordAt(size);
      numbers[record + JOB.ref] = ref;
      numbers[record + JOB.peak] = Number.NaN;
      for (let slot = 0; slot < slotsPerSeries; slot += 1) numbers[slotAt(record, slot) + SLOT.timeMs] = -1;
      places.set(ref, size);
      size += 1;
      return record;
    },
    pack(chunk) {
      const from = recordAt(chunk * seriesPerChunk);
      const part = numbers.slice(from, Math.min(from + recordAt(seriesPerChunk), recordAt(size)));
      return new Uint8Array(part.buffer);
    },
    append(bytes) {
      if (bytes.length % (8 * RECORD) !== 0 || bytes.length > 8 * RECORD * seriesPerChunk) {
        throw new HeliosError('internal', 'not a table of jobs of this version', {
          cure: 'drop the state: times are learnt anew',
        });
      }
      const part = new Float64Array(Uint8Array.from(bytes).buffer);
      const count = part.length / RECORD;
      grow(size + count);
      numbers.set(part, recordAt(size));
      for (let place = size; place < size + count; place += 1) places.set(numbers[recordAt(place)] ?? 0, place);
      size += count;
    },
  };
}
