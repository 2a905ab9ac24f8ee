import { HeliosError } from '@heliosiq/model';

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

const RECORD = 14;
/** Series that are stored as one entry. */
export const seriesPerChunk = 128;

/** What is known of the repeating of series, 112 bytes each. */
export interface StuckTable {
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

/** The chunk that a series is in. */
export const chunkOf = (record: number): number => Math.floor(record / RECORD / seriesPerChunk);

export function createStuckTable(): StuckTable {
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
      return place === undefined ? -1 : place * RECORD;
    },
    add(ref) {
      grow(size + 1);
      const record = size * RECORD;
      numbers[record + STUCK.ref] = ref;
      places.set(ref, size);
      size += 1;
      return record;
    },
    pack(chunk) {
      const from = chunk * seriesPerChunk * RECORD;
      const part = numbers.slice(from, Math.min(from + seriesPerChunk * RECORD, size * RECORD));
      return new Uint8Array(part.buffer);
    },
    append(bytes) {
      if (bytes.length % (8 * RECORD) !== 0 || bytes.length > 8 * RECORD * seriesPerChunk) {
        throw new HeliosError('internal', 'not a table of repeated values of this version', {
          cure: 'drop the state: runs are learnt anew',
        });
      }
      const part = new Float64Array(Uint8Array.from(bytes).buffer);
      const count = part.length / RECORD;
      grow(size + count);
      numbers.set(part, size * RECORD);
      for (let place = size; place < size + count; place += 1) places.set(numbers[place * RECORD] ?? 0, place);
      size += count;
    },
  };
}
