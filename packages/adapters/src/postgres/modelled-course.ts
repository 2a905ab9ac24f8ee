/**
 * 64-bit floats that are dear in every quick way, value by value: as the value before; as a value of some samples ago; as one some
 * floats beside the straight line through the two before; as a percentile of a bucket (`bucket-percentile.ts`); or as a decimal of
 * its own number of places less what was expected. What can be learnt goes through adaptive contexts, the low bits as they are.
 * Floats that are no decimal below 2^53 keep their mantissa. What is decoded equals what was encoded in every bit.
 *
 * Bytes: the kind of expectation, and whether lines and percentiles are among the ways; what all whole numbers are multiples of (1
 * for others); with percentiles, twice the digits after the point, and one if they were cut; the length of the adaptive bytes;
 * these; then the low bits. Here is what the writer and the reader know after each value, and the contexts that they learn in.
 */

/** What the next value is expected to be: the one before, on a straight line, a moving mean, or between that and the one before. */
export const expectations = 4;
/** Further ways, as bits above the kind of expectation. */
export const extra = { lines: 4, percentiles: 8 } as const;
const meanShare = 1 / 6;
export const placesMax = 19;
export const powersOfTen = Array.from({ length: placesMax + 1 }, (_, places) => Number(`1e${places}`));
/** Octaves of the powers of ten: by them the sizes of differences compare, whatever the places. */
const octavesOf = powersOfTen.map((power) => Math.round(Math.log2(power)));
export const wholeMax = 2 ** 53;
const expectedMax = 2 ** 52;
export const sizeBits = 7;
export const sizeMiddle = 64;
export const distanceBits = 4;
export const distanceMax = 2 ** (2 ** distanceBits - 1);
export const exponentSteps = 3;
/** Floats that a value may lie beside a line. */
export const nearMax = 7;
export const nearBits = 4;
/** Buckets from one percentile to the next; twice as many stand for more. */
export const bucketStepBits = 6;
export const bucketStepMax = 31;
export const farBucketBits = 10;
export const partsLengthBits = 4;
/** Decisions how far a percentile is beside what it should be. */
export const besideBits = 5;
/** Numbers of parts up to this length are learnt whole. */
export const learntPartsBits = 7;

const sizeSorts = 16;
const afterSizes = 82 + (4 + sizeSorts) * 2 ** sizeBits;
/** Where the contexts of each decision begin. */
export const context = {
  same: 0,
  is: { past: 8, near: afterSizes, percentile: afterSizes + 4 },
  distance: 16,
  isOtherPlaces: 32,
  isFloat: 34,
  places: 36,
  exponent: 68,
  mantissa: 76,
  sign: 80,
  high: 82,
  size: 82 + 4 * 2 ** sizeBits,
  near: afterSizes + 8,
  bucketStep: afterSizes + 24,
  partsLength: afterSizes + 88,
  parts: afterSizes + 104,
  beside: afterSizes + 104 + 2 ** learntPartsBits,
} as const;
export const contextCount = context.beside + 2 ** besideBits;

/** What is known after some values. */
export interface Course {
  before: number;
  earlier: number;
  mean: number;
  places: number;
  sizeSort: number;
  /** Whether the last three values were the same as theirs before, the newest lowest. */
  sames: number;
  /** The last two decisions for and against each way. */
  readonly lately: { past: number; near: number; percentile: number };
  /** That of the last percentile. */
  bucket: number;
  /** Sign and exponent of the last float that was kept as one. */
  head: number;
}

export function createCourse(): Course {
  return {
    ...{ before: 0, earlier: 0, mean: 0, places: 0, sizeSort: 0, sames: 0 },
    lately: { past: 0, near: 0, percentile: 0 },
    ...{ bucket: 0, head: 0x3ff },
  };
}

export function expectedOf({ before, earlier, mean }: Course, kind: number): number {
  if (kind === 0) return before;
  if (kind === 1) return 2 * before - earlier;
  return kind === 2 ? mean : (before + mean) / 2;
}

/** The whole number that is expected at a number of places; 0 where there is none to speak of. */
export function expectedWhole(expected: number, unit: number, places: number): number {
  const whole = unit > 1 ? Math.round(expected / unit) : Math.round(expected * (powersOfTen[places] ?? 1));
  return Math.abs(whole) < expectedMax ? whole : 0;
}

/** Goes on to the next value. */
export function goOn(course: Course, value: number): void {
  if (!Number.isFinite(value)) return;
  course.earlier = course.before;
  course.mean += (value - course.mean) * meanShare;
  course.before = value;
  if (!Number.isFinite(course.mean)) course.mean = value;
}

/** Notes how large the last difference was. */
export function noteSize(course: Course, size: number): void {
  course.sizeSort = Math.min(sizeSorts - 1, Math.max(0, (size >>> 1) - 22));
}

export function octavesAt(unit: number, places: number): number {
  return unit > 1 ? 0 : (octavesOf[places] ?? 0);
}

/** The last `count` decisions with the newest. */
export function withNewest(decisions: number, newest: number, count: number): number {
  return ((decisions << 1) | newest) & ((1 << count) - 1);
}

/** Bits of a whole number from 0 to 2^53. */
export function bitLength(value: number): number {
  return value < word ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / word));
}

const word = 2 ** 32;
