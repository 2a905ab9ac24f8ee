import { SCALAR, type SeriesState } from './series-state.ts';

/** Samples that the running mean and variance span. */
const SPAN_SAMPLES = 150;

/** Samples that the long-term size of departures spans, and the part of it that a deviation is taken to have at least. */
const LONG_SPAN_SAMPLES = 3000;
const LONG_TERM_PART = 0.3;

/** A single departure moves mean and variance as if it were this many standard deviations long at most. */
const REACH = 8;

/** Samples before the departure from the level, and from the time of day, can be told. */
const LEVEL_SAMPLES = 20;
const DAY_SAMPLES = 50;

/**
 * Decades of surprise per standard deviation: 5 deviations are 3.5 decades. That is far less than a normal distribution
 * gives and more than Student's t with three degrees of freedom does, so that it suits bounded and bursty series alike.
 */
const DECADES_PER_DEVIATION = 0.7;
const DECADES_MAX = 8;

/** Distance in deviations of any change in a series that never changed. */
const CHANGE_OF_A_CONSTANT = 20;

/** One running picture: index of its count, mean, variance and long-term square in the scalars. */
const LEVEL_AT = SCALAR.levelWatch;
const DAY_AT = SCALAR.dayWatch;

/**
 * How surprising a sample is by its plain distance from the recent past, in decades, whatever the series has done before.
 *
 * The distance is taken from the running level and, where it is known, from the usual value at this time of day; the
 * smaller one counts, so that a daily swing is no anomaly. Outliers are drawn in before they are learnt (Huber, 1964):
 * a series that goes wrong often does not take its troubles for its noise. A sparse series has no noise but rare bursts;
 * for it the long-term size of departures, bursts included, is the measure.
 *
 * @param value relative to the origin
 * @param dayResidual distance from the usual value at this time of day; NaN where it is not known
 */
export function robustDistance(state: SeriesState, value: number, dayResidual: number): number {
  const fromLevel = departure(state.scalars, LEVEL_AT, { value, samplesMin: LEVEL_SAMPLES });
  const fromDay = Number.isNaN(dayResidual)
    ? Number.POSITIVE_INFINITY
    : departure(state.scalars, DAY_AT, { value: dayResidual, samplesMin: DAY_SAMPLES });
  const deviations = Math.min(fromLevel, fromDay);
  return deviations === Number.POSITIVE_INFINITY ? 0 : Math.min(DECADES_MAX, DECADES_PER_DEVIATION * deviations);
}

/** Standard deviations between a value and its running mean, infinite while unknown; learns the value. */
function departure(
  scalars: Float64Array,
  start: number,
  seen: { readonly value: number; readonly samplesMin: number },
): number {
  const count = scalars[start] ?? 0;
  if (count === 0) {
    scalars[start] = 1;
    scalars[start + 1] = seen.value;
    return Number.POSITIVE_INFINITY;
  }
  const mean = scalars[start + 1] ?? 0;
  const variance = scalars[start + 2] ?? 0;
  const longTerm = scalars[start + 3] ?? 0;
  const deviation = Math.sqrt(Math.max(variance, LONG_TERM_PART ** 2 * longTerm));
  const distance = seen.value - mean;
  const reach = count > LEVEL_SAMPLES && deviation > 0 ? REACH * deviation : Number.POSITIVE_INFINITY;
  const step = Math.max(-reach, Math.min(reach, distance));
  const rate = Math.max(1 / (count + 1), 1 / SPAN_SAMPLES);
  scalars[start] = count + 1;
  scalars[start + 1] = mean + rate * step;
  scalars[start + 2] = (1 - rate) * (variance + rate * step * step);
  scalars[start + 3] = longTerm + Math.max(1 / (count + 1), 1 / LONG_SPAN_SAMPLES) * (distance * distance - longTerm);
  if (count <= seen.samplesMin) return Number.POSITIVE_INFINITY;
  if (deviation > 0) return Math.abs(distance) / deviation;
  return distance === 0 ? 0 : CHANGE_OF_A_CONSTANT;
}
