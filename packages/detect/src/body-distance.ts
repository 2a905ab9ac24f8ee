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
}

/**
 * Distance of a value from the middle of the quantity's body, in reaches of its middle half on that side (for a normal
 * distribution one is 0.67 standard deviations); then moves the body a small step. Steps have one length however far the
 * value lies, so trouble that comes back does not widen what counts as usual (stochastic approximation of quantiles,
 * Robbins and Monro, 1951).
 *
 * @param at index of the first of the three scalars
 */
export function bodyDistance(scalars: Float64Array, at: number, seen: BodyValue): number {
  const middle = scalars[at] ?? 0;
  const up = scalars[at + 1] ?? 0;
  const down = scalars[at + 2] ?? 0;
  const gap = seen.value - middle;
  const least = SIDE_PART * Math.max(up, down);
  const reach = Math.max(gap >= 0 ? up : down, least) + seen.grain;
  const rate = Math.max(LEARNING_RATE_MIN, Math.min(LEARNING_RATE_MAX, 4 / seen.count));
  const step = rate * Math.max((up + down) / 2, SIZE_PART * seen.size);
  scalars[at] = middle + (gap > 0 ? step : gap < 0 ? -step : 0);
  // A quarter lies above the upper reach, and a quarter below the lower one.
  scalars[at + 1] = Math.max(0, up + step * (gap > up ? 1.5 : -0.5));
  scalars[at + 2] = Math.max(0, down + step * (-gap > down ? 1.5 : -0.5));
  return Math.abs(gap) / reach;
}
