import { HeliosError } from '@heliosiq/model';

/** Series that are stored as one entry. */
export const seriesPerChunk = 128;

/** Series with as many numbers each, found by the number of the series; stored in chunks of which only changed ones are written. */
export interface RecordTable {
  readonly size: () => number;
  /** Where the numbers of a series begin; -1 when it has none. */
  find(ref: number): number;
  /** Where the numbers of a new series begin. */
  add(ref: number): number;
  /** All numbers, the first of each series its `ref`; replaced when the table grows, so do not keep it over an `add`. */
  numbers(): Float64Array;
  /** The chunk that a series is in, by where its numbers begin. */
  chunkOf(record: number): number;
  readonly chunkCount: () => number;
  pack(chunk: number): Uint8Array;
  /** Appends the series of a chunk. Throws `HeliosError('internal')` for bytes of another length. */
  append(bytes: Uint8Array): void;
}

export interface RecordTableOptions {
  /** Numbers of a series, its `ref` included. */
  readonly numbersPerSeries: number;
  /** Sets what is not 0 in the numbers of a new series. */
  readonly begin?: (numbers: Float64Array, record: number) => void;
  /** What the table is of, and what becomes of it where it cannot be read, as in "drop the state: runs are learnt anew". */
  readonly contents: string;
  readonly cure: string;
}

export function createRecordTable({ numbersPerSeries, begin, contents, cure }: RecordTableOptions): RecordTable {
  const places = new Map<number, number>();
  let numbers = new Float64Array(0);
  let size = 0;

  function grow(needed: number): void {
    if (needed * numbersPerSeries <= numbers.length) return;
    const wider = new Float64Array(Math.max(32, Math.ceil(needed * 1.5)) * numbersPerSeries);
    wider.set(numbers);
    numbers = wider;
  }

  return {
    size: () => size,
    numbers: () => numbers,
    chunkOf: (record) => Math.floor(record / numbersPerSeries / seriesPerChunk),
    chunkCount: () => Math.ceil(size / seriesPerChunk),
    find(ref) {
      const place = places.get(ref);
      return place === undefined ? -1 : place * numbersPerSeries;
    },
    add(ref) {
      grow(size + 1);
      const record = size * numbersPerSeries;
      numbers[record] = ref;
      begin?.(numbers, record);
      places.set(ref, size);
      size += 1;
      return record;
    },
    pack(chunk) {
      const length = seriesPerChunk * numbersPerSeries;
      const part = numbers.slice(chunk * length, Math.min((chunk + 1) * length, size * numbersPerSeries));
      return new Uint8Array(part.buffer);
    },
    append(bytes) {
      const seriesBytes = numbersPerSeries * Float64Array.BYTES_PER_ELEMENT;
      if (bytes.length % seriesBytes !== 0 || bytes.length > seriesBytes * seriesPerChunk) {
        throw new HeliosError('internal', `not a table of ${contents} of this version`, { cure });
      }
      const part = new Float64Array(Uint8Array.from(bytes).buffer);
      const count = part.length / numbersPerSeries;
      grow(size + count);
      numbers.set(part, size * numbersPerSeries);
      for (let place = size; place < size + count; place += 1)
        places.set(numbers[place * numbersPerSeries] ?? 0, place);
      size += count;
    },
  };
}
