import { FEATURE_INDEX, SCALAR, type SeriesState } from './series-state.ts';

const LEVEL = FEATURE_INDEX.level;
const DAY = FEATURE_INDEX.day;

/** Departures from the time of day that are enough to know their size by. */
const DAY_SAMPLES_MIN = 50;

/** The unit is this part of how far the middle half of departures reaches, or of a part of their mean size where that is more. */
const UNIT_PART = 1 / 16;
const SIZE_PART = 1 / 4;

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** The largest power of two up to a number that is not negative, 0 for what is too small to have one. */
function powerOfTwoUpTo(number: number): number {
  single[0] = number;
  // The mantissa of single precision gone, what is left is a power of two.
  bits[0] = (bits[0] ?? 0) & 0x7f800000;
  return single[0] ?? 0;
}

/**
 * What the means of slots are rounded to, once nothing more is learnt of them for now: a power of two that is far below the noise
 * of the series, so that means of noise alone are small multiples of it and take a byte each where they are kept; 0 where
 * nothing is known of the noise.
 */
export function seasonUnit({ scalars, scales, totals }: SeriesState): number {
  const isDayKnown = (totals[DAY] ?? 0) > DAY_SAMPLES_MIN;
  const up = scalars[isDayKnown ? SCALAR.dayBodyUp : SCALAR.levelBodyUp] ?? 0;
  const down = scalars[isDayKnown ? SCALAR.dayBodyDown : SCALAR.levelBodyDown] ?? 0;
  const size = scales[isDayKnown ? DAY : LEVEL] ?? 0;
  return powerOfTwoUpTo(UNIT_PART * Math.max((up + down) / 2, SIZE_PART * size));
}

/** Rounds the mean of a slot. */
export function roundSlot(means: Float32Array, slot: number, unit: number): void {
  // Zero is added so that it is no negative one.
  if (unit > 0) means[slot] = Math.round((means[slot] ?? 0) / unit) * unit + 0;
}
