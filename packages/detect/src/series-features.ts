import {
  DAY_SLOTS,
  FEATURES,
  FEATURE_INDEX,
  SCALAR,
  type Feature,
  type SeriesState,
  WEEK_SLOTS,
} from './series-state.ts';

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const QUARTER_MS = DAY_MS / DAY_SLOTS;

/** A watched quantity as the reason of an anomaly. */
export type CauseName = Feature;

/** Every name of a cause, in a fixed order. */
export const causeNames: readonly CauseName[] = FEATURES;

/** The watched quantity that is most surprising, with its signed size as in `FeatureValues`. */
export interface Cause {
  readonly feature: CauseName;
  readonly size: number;
}

/** A sample, and what its features are before the model learns from it. Reused between samples: no allocation. */
export interface FeatureValues {
  /** Its moment, and its value relative to the origin. */
  at: number;
  value: number;
  /**
   * Signed size of each feature in the series' unit (`spread`, `long-spread`: how many times as large as usual less one,
   * negative for how many times smaller); NaN when not known yet.
   */
  readonly values: Float64Array;
  /** The three expectations relative to the origin, before the sample: level, recent course, time of day (NaN if unknown). */
  level: number;
  recent: number;
  day: number;
}

/** A holder for `measureFeatures`. */
export const createFeatureValues = (): FeatureValues => ({
  at: 0,
  value: 0,
  values: new Float64Array(FEATURES.length),
  level: 0,
  recent: 0,
  day: Number.NaN,
});

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

const LEVEL = FEATURE_INDEX.level;
const JUMP = FEATURE_INDEX.jump;
const RECENT = FEATURE_INDEX.recent;
const DAY = FEATURE_INDEX.day;

/** Share of the way that running means move towards a sample: about 4, 16, 12, 36 and 144 samples long. */
const RATE_4 = 0.4;
const RATE_16 = 0.12;
const RATE_12 = 0.15;
const RATE_36 = 0.055;
const RATE_144 = 0.014;
const SPREAD_RATE_12 = 0.15;
const SPREAD_RATE_48 = 0.04;

/** What is usual for a spread moves this slowly, and as if a spread were this many times as large at most. */
const USUAL_RATE = 0.003;
const USUAL_REACH = 9;

/** Days that weigh on a time of day, and weeks on a time of the week. */
const SEASON_DAYS = 5;
const SEASON_WEEKS = 3;

/**
 * One departure from the time of day moves its mean as if it were this many reaches of the middle half at most, once some are
 * known: a job that did not run one day is expected the next.
 */
const SEASON_REACH = 12;
const SEASON_SAMPLES_MIN = 200;

/** How fast departures from the time of day, and of the week, are averaged. */
const DAY_RATE = 0.04;
const WEEK_RATE = 0.15;

/** Share of the way that a quantity's mean size moves, and the most that one outlier counts for, in mean sizes. */
const SIZE_RATE = 0.001;
const SIZE_REACH = 16;
const LEVEL_REACH = 6;

/**
 * Measures one sample against a state and lets the state's levels, spreads and seasons learn from it. Everything is a
 * running mean, so that a sample costs the same few operations however long a window it looks back on.
 *
 * @param out holds the sample, and then its features
 */
export function measureFeatures(state: SeriesState, out: FeatureValues, levelRate: number): void {
  const { scalars, scales } = state;
  const { at, value } = out;
  const f = out.values.fill(Number.NaN);
  const count = scalars[SCALAR.count] ?? 0;
  const young = 1 / (count + 1);
  const level = scalars[SCALAR.level] ?? 0;
  const recent = (scalars[SCALAR.recent] ?? 0) + (scalars[SCALAR.trend] ?? 0);
  const fromLevel = value - level;
  const fromRecent = value - recent;
  out.level = level;
  out.recent = recent;
  f[LEVEL] = fromLevel;
  f[JUMP] = value - (scalars[SCALAR.last] ?? 0);
  f[RECENT] = fromRecent;

  const mean4 = follow(scalars, SCALAR.mean4, value, Math.max(young, RATE_4));
  const before = scalars[SCALAR.mean16] ?? 0;
  follow(scalars, SCALAR.mean16, value, Math.max(young, RATE_16));
  const from12 = value - (scalars[SCALAR.mean12] ?? 0);
  const from36 = value - (scalars[SCALAR.mean36] ?? 0);
  const mean12 = follow(scalars, SCALAR.mean12, value, Math.max(young, RATE_12));
  const mean36 = follow(scalars, SCALAR.mean36, value, Math.max(young, RATE_36));
  const mean144 = follow(scalars, SCALAR.mean144, value, Math.max(young, RATE_144));
  if (count > 16) {
    f[FEATURE_INDEX.step] = mean4 - before;
    f[FEATURE_INDEX.mean] = mean12 - level;
  }
  if (count > 72) f[FEATURE_INDEX.course] = mean36 - mean144;

  const grain = 1e-12 * value * value + 1e-18;
  const spread12 = follow(scalars, SCALAR.spread12, from12 * from12, Math.max(young, SPREAD_RATE_12));
  const spread48 = follow(scalars, SCALAR.spread48, from36 * from36, Math.max(young, SPREAD_RATE_48));
  if (count > 24) f[FEATURE_INDEX.spread] = timesUsual(spread12 + grain, (scalars[SCALAR.usualSpread12] ?? 0) + grain);
  if (count > 72) {
    f[FEATURE_INDEX['long-spread']] = timesUsual(spread48 + grain, (scalars[SCALAR.usualSpread48] ?? 0) + grain);
  }
  learnUsual(scalars, SCALAR.usualSpread12, spread12, { count, grain });
  learnUsual(scalars, SCALAR.usualSpread48, spread48, { count, grain });

  measureSeasons(state, out, at, value);

  const size = scales[LEVEL] ?? 0;
  const reach = count > 50 && size > 0 ? LEVEL_REACH * size : Number.POSITIVE_INFINITY;
  const step = Math.max(-reach, Math.min(reach, fromLevel));
  scalars[SCALAR.level] = level + Math.max(young, levelRate) * step;
  // Holt's linear smoothing with a damped trend.
  scalars[SCALAR.recent] = recent + Math.max(young, 0.15) * fromRecent;
  scalars[SCALAR.trend] = 0.9 * ((scalars[SCALAR.trend] ?? 0) + 0.02 * fromRecent);
}

/** Moves a running mean and returns it. */
function follow(scalars: Float64Array, at: number, value: number, rate: number): number {
  const old = scalars[at] ?? 0;
  const mean = old + rate * (value - old);
  scalars[at] = mean;
  return mean;
}

/** How many times as wide as usual, less one; below zero how many times as narrow. */
function timesUsual(square: number, usual: number): number {
  return square >= usual ? Math.sqrt(square / usual) - 1 : 1 - Math.sqrt(usual / square);
}

function learnUsual(
  scalars: Float64Array,
  at: number,
  square: number,
  seen: { readonly count: number; readonly grain: number },
): void {
  const usual = scalars[at] ?? 0;
  const bounded = seen.count > 50 ? Math.min(square, USUAL_REACH * usual + seen.grain) : square;
  scalars[at] = usual + Math.max(1 / (seen.count + 1), USUAL_RATE) * (bounded - usual);
}

function measureSeasons(state: SeriesState, out: FeatureValues, at: number, value: number): void {
  const { scalars, dayMeans, dayCounts, weekMeans, weekCounts } = state;
  const f = out.values;
  const into = at - (scalars[SCALAR.quarterFrom] ?? 0);
  if (into < 0 || into >= QUARTER_MS) {
    const intoDay = modulo(at, DAY_MS);
    scalars[SCALAR.daySlot] = Math.floor(intoDay / QUARTER_MS);
    scalars[SCALAR.weekSlot] = Math.floor((modulo(at, WEEK_MS) * WEEK_SLOTS) / WEEK_MS);
    scalars[SCALAR.quarterFrom] = at - (intoDay % QUARTER_MS);
  }
  const age = at - (scalars[SCALAR.firstAt] ?? at);
  const stepMs = Math.max(1, scalars[SCALAR.stepMs] ?? 0);
  const day = scalars[SCALAR.daySlot] ?? 0;
  const dayMean = dayMeans[day] ?? 0;
  const dayCount = dayCounts[day] ?? 0;
  out.day = Number.NaN;
  if (age > DAY_MS && dayCount > 0) {
    out.day = dayMean;
    const residual = value - dayMean;
    f[DAY] = residual;
    f[FEATURE_INDEX['day-mean']] = follow(scalars, SCALAR.dayResidual, residual, DAY_RATE);
  }
  const daySamples = Math.floor(Math.min(60_000, dayCount + 1, SEASON_DAYS * Math.max(1, QUARTER_MS / stepMs)));
  dayCounts[day] = daySamples;
  const dayReach = SEASON_REACH * Math.max(scalars[SCALAR.dayBodyUp] ?? 0, scalars[SCALAR.dayBodyDown] ?? 0);
  const isSettled = dayReach > 0 && (state.totals[DAY] ?? 0) > SEASON_SAMPLES_MIN;
  const dayGap = value - dayMean;
  const dayStep = isSettled ? Math.max(-dayReach, Math.min(dayReach, dayGap)) : dayGap;
  dayMeans[day] = dayMean + dayStep / daySamples;

  const week = scalars[SCALAR.weekSlot] ?? 0;
  const weekMean = weekMeans[week] ?? 0;
  const weekCount = weekCounts[week] ?? 0;
  if (age > WEEK_MS && weekCount > 0) {
    f[FEATURE_INDEX['week-mean']] = follow(scalars, SCALAR.weekResidual, value - weekMean, WEEK_RATE);
  }
  const weekSamples = Math.floor(
    Math.min(60_000, weekCount + 1, SEASON_WEEKS * Math.max(1, WEEK_MS / WEEK_SLOTS / stepMs)),
  );
  weekCounts[week] = weekSamples;
  weekMeans[week] = weekMean + (value - weekMean) / weekSamples;
}

/** Moves the mean size of a quantity that predicts. */
export function learnSize(state: SeriesState, feature: number, signed: number): void {
  const { scales, totals } = state;
  const size = scales[feature] ?? 0;
  const total = totals[feature] ?? 0;
  const reach = size > 0 && total > 50 ? SIZE_REACH * size : Number.POSITIVE_INFINITY;
  scales[feature] = size + (Math.min(Math.abs(signed), reach) - size) * Math.max(1 / Math.max(1, total), SIZE_RATE);
}
