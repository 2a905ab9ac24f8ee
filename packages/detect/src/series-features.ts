import { halveCounts } from './tail-sketch.ts';
import {
  DAY_SLOTS,
  FEATURES,
  HISTOGRAM_BINS,
  PATTERNS,
  PATTERN_LENGTH,
  RING_LENGTH,
  SCALAR,
  type Feature,
  type SeriesState,
  WEEK_SLOTS,
} from './series-state.ts';

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** A feature, or the rarity of the value itself. */
export type CauseName = Feature | 'rarity';

/** Every name of a cause, in a fixed order. */
export const causeNames: readonly CauseName[] = [...FEATURES, 'rarity'];

/** The watched quantity that is most surprising, with its signed size as in `FeatureValues`. */
export interface Cause {
  readonly feature: CauseName;
  readonly size: number;
}

/** Index of each feature in `FEATURES`. */
export const FEATURE_INDEX = Object.fromEntries(FEATURES.map((name, index) => [name, index])) as Record<
  Feature,
  number
>; // one entry per feature by construction

/** What the features of one sample are, before the model learns from it. Reused between samples: no allocation. */
export interface FeatureValues {
  /** Signed size of each feature in the series' unit (`spread`: natural log; `flat`: samples); NaN when not known yet. */
  readonly values: Float64Array;
  /** -log10 of the share of earlier samples that lay near this value; NaN when not known yet. */
  rarity: number;
}

/** A holder for `measureFeatures`. */
export const createFeatureValues = (): FeatureValues => ({
  values: new Float64Array(FEATURES.length),
  rarity: Number.NaN,
});

const modulo = (value: number, by: number): number => ((value % by) + by) % by;
/** The quarter hour of the day (UTC) that a moment lies in. */
export const daySlot = (at: number): number => Math.floor((modulo(at, DAY_MS) * DAY_SLOTS) / DAY_MS);
const weekSlot = (at: number): number => Math.floor((modulo(at, WEEK_MS) * WEEK_SLOTS) / WEEK_MS);

/** The value `back` samples ago (1 = the last one), relative to the origin. */
const past = (state: SeriesState, count: number, back: number): number =>
  state.ring[(count - back) & (RING_LENGTH - 1)] ?? 0;

/** The last `PATTERN_LENGTH` values with `value` as the newest, against one remembered shape: squared distance. */
const patternDistance = (state: SeriesState, window: Float64Array, pattern: number, best: number): number => {
  let distance = 0;
  const start = pattern * PATTERN_LENGTH;
  for (let k = 0; k < PATTERN_LENGTH && distance < best; k++) {
    const gap = (window[k] ?? 0) - (state.patterns[start + k] ?? 0);
    distance += gap * gap;
  }
  return distance;
};

const window = new Float64Array(PATTERN_LENGTH);

/**
 * Measures one sample against a state and lets the state's levels, seasons and shapes learn from it.
 *
 * @param value relative to the origin
 */
export function measureFeatures(
  state: SeriesState,
  out: FeatureValues,
  sample: { at: number; value: number },
  levelRate: number,
): void {
  const { scalars, scales } = state;
  const { at, value } = sample;
  const count = scalars[SCALAR.count] ?? 0;
  const f = out.values.fill(Number.NaN);
  const last = count > 0 ? (scalars[SCALAR.last] ?? 0) : value;
  const level = scalars[SCALAR.level] ?? 0;
  const recent = (scalars[SCALAR.recent] ?? 0) + (scalars[SCALAR.trend] ?? 0);
  if (count > 0) {
    f[FEATURE_INDEX.level] = value - level;
    f[FEATURE_INDEX.recent] = value - recent;
    f[FEATURE_INDEX.jump] = value - last;
  }
  if (count >= 24) measureShortTerm(state, f, value, count);
  measureSeasons(state, f, at, value);
  measureRarity(state, out, value, count);
  measurePattern(state, f, value, count);
  const run = value === last ? (scalars[SCALAR.run] ?? 0) + 1 : 0;
  scalars[SCALAR.run] = run;
  if (count > 20) f[FEATURE_INDEX.flat] = run;

  const reach = 6 * ((scales[FEATURE_INDEX.level] ?? 0) || Math.abs(value - level));
  const step = Math.max(-reach, Math.min(reach, value - level));
  scalars[SCALAR.level] = level + Math.max(1 / (count + 1), levelRate) * step;
  // Holt's linear smoothing with a damped trend.
  const smoothed = recent + Math.max(1 / (count + 1), 0.15) * (value - recent);
  scalars[SCALAR.trend] = 0.9 * ((scalars[SCALAR.trend] ?? 0) + 0.02 * (value - recent));
  scalars[SCALAR.recent] = smoothed;
}

function measureShortTerm(state: SeriesState, f: Float64Array, value: number, count: number): void {
  const { scalars, scales } = state;
  let four = value;
  let eight = value;
  let twelve = value;
  let before = 0;
  for (let back = 1; back < 16; back++) {
    const earlier = past(state, count, back);
    if (back < 4) four += earlier;
    else before += earlier;
    if (back < 8) eight += earlier;
    if (back < 12) twelve += earlier;
  }
  f[FEATURE_INDEX.step] = four / 4 - before / 12;
  f[FEATURE_INDEX.mean] = eight / 8 - (scalars[SCALAR.level] ?? 0);
  const mean = twelve / 12;
  let squares = (value - mean) ** 2;
  for (let back = 1; back < 12; back++) squares += (past(state, count, back) - mean) ** 2;
  const grain = (0.05 * (scales[FEATURE_INDEX.jump] ?? 0)) ** 2 + 1e-18;
  const logVariance = Math.log(squares / 12 + grain);
  const usual = count === 24 ? logVariance : (scalars[SCALAR.logVariance] ?? 0);
  f[FEATURE_INDEX.spread] = logVariance - usual;
  scalars[SCALAR.logVariance] = usual + (logVariance - usual) * Math.max(1 / (count - 22), 0.003);
}

function measureSeasons(state: SeriesState, f: Float64Array, at: number, value: number): void {
  const { scalars } = state;
  const age = at - (scalars[SCALAR.firstAt] ?? at);
  const stepMs = Math.max(1, scalars[SCALAR.stepMs] ?? 0);
  const day = daySlot(at);
  const dayMean = state.dayMeans[day] ?? 0;
  const dayCount = state.dayCounts[day] ?? 0;
  if (age > DAY_MS && dayCount > 0) {
    const residual = value - dayMean;
    const smoothed = (scalars[SCALAR.dayResidual] ?? 0) * 0.85 + residual * 0.15;
    scalars[SCALAR.dayResidual] = smoothed;
    f[FEATURE_INDEX.day] = residual;
    f[FEATURE_INDEX['day-mean']] = smoothed;
  }
  const daySamples = Math.min(60_000, dayCount + 1, 5 * Math.max(1, DAY_MS / DAY_SLOTS / stepMs));
  state.dayCounts[day] = daySamples;
  state.dayMeans[day] = dayMean + (value - dayMean) / Math.floor(daySamples);

  const week = weekSlot(at);
  const weekMean = state.weekMeans[week] ?? 0;
  const weekCount = state.weekCounts[week] ?? 0;
  if (age > WEEK_MS && weekCount > 0) {
    const smoothed = (scalars[SCALAR.weekResidual] ?? 0) * 0.85 + (value - weekMean) * 0.15;
    scalars[SCALAR.weekResidual] = smoothed;
    f[FEATURE_INDEX['week-mean']] = smoothed;
  }
  const weekSamples = Math.min(60_000, weekCount + 1, 3 * Math.max(1, WEEK_MS / WEEK_SLOTS / stepMs));
  state.weekCounts[week] = weekSamples;
  state.weekMeans[week] = weekMean + (value - weekMean) / Math.floor(weekSamples);
}

function measureRarity(state: SeriesState, out: FeatureValues, value: number, count: number): void {
  const { scalars, histogram, scales } = state;
  out.rarity = Number.NaN;
  if (count < 100) return;
  if (count === 100) {
    let low = value;
    let high = value;
    for (let back = 1; back <= RING_LENGTH; back++) {
      low = Math.min(low, past(state, count, back));
      high = Math.max(high, past(state, count, back));
    }
    const width = (2 * Math.max(high - low, 4 * (scales[FEATURE_INDEX.level] ?? 0), 1e-9)) / HISTOGRAM_BINS;
    scalars[SCALAR.histogramWidth] = width;
    scalars[SCALAR.histogramLow] = (low + high) / 2 - (width * HISTOGRAM_BINS) / 2;
  }
  const width = scalars[SCALAR.histogramWidth] ?? 1;
  const place = Math.floor((value - (scalars[SCALAR.histogramLow] ?? 0)) / width);
  const bin = Math.max(0, Math.min(HISTOGRAM_BINS - 1, place));
  const near = (2 * (histogram[bin] ?? 0) + (histogram[bin - 1] ?? 0) + (histogram[bin + 1] ?? 0)) / 4;
  const total = scalars[SCALAR.histogramTotal] ?? 0;
  if (count > 120) out.rarity = Math.max(0, -Math.log10((4 * (near + 0.5)) / (total + 1)));
  histogram[bin] = (histogram[bin] ?? 0) + 1;
  scalars[SCALAR.histogramTotal] = total + 1;
  if ((histogram[bin] ?? 0) > 60_000) scalars[SCALAR.histogramTotal] = halveCounts(histogram, 0, HISTOGRAM_BINS);
}

function measurePattern(state: SeriesState, f: Float64Array, value: number, count: number): void {
  if (count < 64) return;
  const { scalars, patterns, patternWeights } = state;
  window[0] = value;
  for (let k = 1; k < PATTERN_LENGTH; k++) window[k] = past(state, count, k);
  const known = scalars[SCALAR.patterns] ?? 0;
  if (known < PATTERNS && count % 8 === 0) {
    patterns.set(window, known * PATTERN_LENGTH);
    patternWeights[known] = 1;
    scalars[SCALAR.patterns] = known + 1;
    return;
  }
  let best = Number.POSITIVE_INFINITY;
  let nearest = 0;
  for (let pattern = 0; pattern < known; pattern++) {
    const distance = patternDistance(state, window, pattern, best);
    if (distance < best) {
      best = distance;
      nearest = pattern;
    }
  }
  const weight = Math.min(200, (patternWeights[nearest] ?? 0) + 1);
  patternWeights[nearest] = weight;
  const start = nearest * PATTERN_LENGTH;
  for (let k = 0; k < PATTERN_LENGTH; k++) {
    const old = patterns[start + k] ?? 0;
    patterns[start + k] = old + ((window[k] ?? 0) - old) / weight;
  }
  if (known === PATTERNS && count > 200) f[FEATURE_INDEX.pattern] = Math.sqrt(best);
}
