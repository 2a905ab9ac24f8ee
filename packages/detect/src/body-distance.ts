/** Where the body of a quantity lies, as three scalars in a row: its middle, and how far the middle half reaches up and down. */
const LEARNING_RATE_MIN = 0.002;
const LEARNING_RATE_MAX = 0.5;

/** Share of the quantity's mean size that one step is measured by at least, so that a body that was flat can grow again. */
const SIZE_PART = 0.02;

/** The reach of one side counts as this share of the other's at least. */
const SIDE_PART = 0.3;

/** A value beside what is known of its quantity; one holder may serve many. */
export interface BodyValue {
  value: number;
  /** Samples so far, from 1. */
  count: number;
  /** Mean size of the quantity. */
  size: number;
  /** A reach is taken to be this long at least. */
  grain: number;
  /** What `measureBody` found. */
  distance: number;
}

/**
 * Finds the distance of a value from the middle of the quantity's body, in reaches of its middle half on that side (for a
 * normal distribution one is 0.67 standard deviations); then moves the body a small step. Steps have one length however far
 * the value lies, so trouble that comes back does not widen what counts as usual (stochastic approximation of quantiles,
 * Robbins and Monro, 1951). What is learnt is rounded to single precision, which takes half the room at rest.
 *
 * @param at index of the first of the three scalars
 * @param seen takes the distance
 */
export function measureBody(scalars: Float64Array, at: number, seen: BodyValue): void {
  const middle = scalars[at] ?? 0;
  const up = scalars[at + 1] ?? 0;
  const down = scalars[at + 2] ?? 0;
  const gap = seen.value - middle;
  const least = SIDE_PART * Math.max(up, down);
  // Which way a value lies cannot be guessed: numbers of 0 and 1 cost less than branches.
  const isAbove = Number(gap > 0) | 0;
  const isBelow = Number(gap < 0) | 0;
  const isHigh = Number(gap > up) | 0;
  const isLow = Number(-gap > down) | 0;
  const reach = Math.max(up * (1 - isBelow) + down * isBelow, least) + seen.grain;
  const rate = Math.max(LEARNING_RATE_MIN, Math.min(LEARNING_RATE_MAX, 4 / seen.count));
  const step = rate * Math.max((up + down) / 2, SIZE_PART * seen.size);
  scalars[at] = Math.fround(middle + step * (isAbove - isBelow));
  // A quarter lies above the upper reach, and a quarter below the lower one.
  scalars[at + 1] = Math.fround(Math.max(0, up + step * (2 * isHigh - 0.5)));
  scalars[at + 2] = Math.fround(Math.max(0, down + step * (2 * isLow - 0.5)));
  seen.distance = Math.abs(gap) / reach;
}
