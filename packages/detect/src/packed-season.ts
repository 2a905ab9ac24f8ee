import type { DigitReader, DigitWriter } from './digit-stream.ts';

/** The slots of one season: what is usual in each, and how many samples say so. */
export interface SeasonSlots {
  readonly means: Float32Array;
  readonly counts: Uint16Array;
  /** The slot that is being learnt, whose mean is not rounded yet; -1 without one. */
  readonly current: number;
}

/** How the means are written: as multiples of a unit, or as they are. */
const MULTIPLES = 0;
const AS_THEY_ARE = 1;

/** Multiples are whole numbers of so many bits. */
const MULTIPLE_BITS_MAX = 30;

/** Bits of the mantissa of single precision, and the exponent that stands for 1 in units of its last bit. */
const MANTISSA_BITS = 24;
const LAST_BIT_OF_ONE = 150;

/**
 * Writes the slots of a season, bit for bit: counts by their runs, and means as multiples of the finest unit that all have in
 * common, each as the difference to the one before. That is short because means are rounded, as of `season-rounding.ts`.
 */
export function packSeason(slots: SeasonSlots, to: DigitWriter): void {
  const { means, counts, current } = slots;
  packCounts(counts, to);
  const bits = new Int32Array(means.buffer, means.byteOffset, means.length);
  const unit = unitOf(slots, bits);
  if (unit === undefined) {
    to.put(AS_THEY_ARE);
    for (const word of bits) to.putWord(word);
    return;
  }
  to.put(MULTIPLES);
  to.put(unit);
  const perUnit = 2 ** (LAST_BIT_OF_ONE - unit);
  let before = 0;
  for (let slot = 0; slot < means.length; slot += 1) {
    if (slot === current) to.putWord(bits[slot] ?? 0);
    else if (counts[slot] !== 0) {
      const multiple = (means[slot] ?? 0) * perUnit;
      to.putSigned(multiple - before);
      before = multiple;
    }
  }
}

/** Reads what `packSeason` wrote for as many slots. */
export function unpackSeason({ means, counts, current }: SeasonSlots, from: DigitReader): void {
  unpackCounts(counts, from);
  const bits = new Int32Array(means.buffer, means.byteOffset, means.length);
  if (from.take() === AS_THEY_ARE) {
    for (let slot = 0; slot < bits.length; slot += 1) bits[slot] = from.takeWord();
    return;
  }
  const unit = 2 ** (from.take() - LAST_BIT_OF_ONE);
  let multiple = 0;
  for (let slot = 0; slot < means.length; slot += 1) {
    if (slot === current) bits[slot] = from.takeWord();
    else if (counts[slot] === 0) means[slot] = 0;
    else {
      multiple += from.takeSigned();
      means[slot] = multiple * unit;
    }
  }
}

/**
 * The place of the last bit that any of the means has, by the exponent that it would have as the last bit of a number; undefined
 * where multiples of it would be too large, or a mean is no plain number.
 */
function unitOf({ counts, current }: SeasonSlots, bits: Int32Array): number | undefined {
  let finest = 2 * LAST_BIT_OF_ONE;
  let largest = 0;
  for (let slot = 0; slot < bits.length; slot += 1) {
    const word = bits[slot] ?? 0;
    if (word === 0 || slot === current) continue;
    const exponent = (word >>> 23) & 255;
    if (exponent === 0 || exponent === 255 || counts[slot] === 0) return undefined;
    const mantissa = (word & 0x7fffff) | 0x800000;
    finest = Math.min(finest, exponent + 31 - Math.clz32(mantissa & -mantissa));
    largest = Math.max(largest, exponent);
  }
  return largest + MANTISSA_BITS - finest > MULTIPLE_BITS_MAX ? undefined : finest;
}

function packCounts(counts: Uint16Array, to: DigitWriter): void {
  let from = 0;
  while (from < counts.length) {
    const count = counts[from] ?? 0;
    let end = from + 1;
    while (end < counts.length && counts[end] === count) end += 1;
    to.put(count);
    to.put(end - from - 1);
    from = end;
  }
}

function unpackCounts(counts: Uint16Array, from: DigitReader): void {
  let start = 0;
  while (start < counts.length) {
    const count = from.take();
    const end = start + 1 + from.take();
    counts.fill(count, start, end);
    start = end;
  }
}
