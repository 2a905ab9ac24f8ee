import { roundSlot, seasonUnit } from './season-rounding.ts';
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
const WEEK_SLOT_MS = WEEK_MS / WEEK_SLOTS;

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
  /** Its moment, its value as it came, and that relative to the origin. */
  at: number;
  given: number;
  value: number;
  /**
   * Signed size of each feature in the series' unit (`spread`: how many times as large as usual less one, negative for how
   * many times smaller; `day-ratio`: how many times as large as usual); NaN when not known yet, and always for `unrest`,
   * which the others make.
   */
  readonly values: number[];
  /** The share of the departure from the time of day that is left when the neighbouring quarter hours count as well, in [0, 1]. */
  dayShare: number;
  /** Distance of the sample from where its quantities usually lie, in reaches of their bodies. */
  distance: number;
  /** The same where the question is how restless the series is: jumps count for more. */
  restlessDistance: number;
  /** Sizes up to this are as good as zero. */
  grain: number;
  /** The three expectations relative to the origin, before the sample: level, recent course, time of day (NaN if unknown). */
  level: number;
  recent: number;
  day: number;
}

/** A holder for `measureFeatures`. */
export const createFeatureValues = (): FeatureValues => ({
  at: Number.NaN,
  given: Number.NaN,
  value: Number.NaN,
  // Plain arrays of numbers are read faster than typed ones.
  values: FEATURES.map(() => Number.NaN),
  grain: Number.NaN,
  distance: Number.NaN,
  restlessDistance: Number.NaN,
  dayShare: 1,
  level: Number.NaN,
  recent: Number.NaN,
  day: Number.NaN,
});

/** Whole milliseconds within this are divided without a rest that is lost in rounding. */
const WHOLE_MS_MAX = 2 ** 51;

/** The rest of a division, never negative. */
function modulo(ms: number, byMs: number): number {
  const times = Math.floor(ms / byMs);
  const isExact = ms === Math.floor(ms) && ms < WHOLE_MS_MAX && ms > -WHOLE_MS_MAX;
  return isExact ? ms - times * byMs : ((ms % byMs) + byMs) % byMs;
}

const LEVEL = FEATURE_INDEX.level;
const JUMP = FEATURE_INDEX.jump;
const RECENT = FEATURE_INDEX.recent;
const STEP = FEATURE_INDEX.step;
const COURSE = FEATURE_INDEX.course;
const SPREAD = FEATURE_INDEX.spread;
const DAY = FEATURE_INDEX.day;
const DAY_RATIO = FEATURE_INDEX['day-ratio'];
const WEEK_MEAN = FEATURE_INDEX['week-mean'];

/** Share of the way that running means move towards a sample: about 4, 16, 12, 36 and 144 samples long. */
const RATE_4 = 0.4;
const RATE_16 = 0.12;
const RATE_12 = 0.15;
const RATE_36 = 0.055;
const RATE_144 = 0.014;
const SPREAD_RATE_12 = 0.15;

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

/** How fast departures from the time of the week are averaged. */
const WEEK_RATE = 0.12;

/** A departure is measured mostly by what is usual in its half hour of the day, once that has seen a few, and else by the whole day. */
const RATIO_SAMPLES_MIN = 4;
const RATIO_OWN_PART = 0.7;
/** From so many departures on one of them is learnt as if it were `SIZE_REACH` times the mean at most. */
const SETTLED_SAMPLES = 50;

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
  const { scalars } = state;
  const { value, values: f } = out;
  const count = scalars[SCALAR.count] ?? 0;
  const young = 1 / (count + 1);
  measureSpread(scalars, out);
  const level = scalars[SCALAR.level] ?? 0;
  const recent = (scalars[SCALAR.recent] ?? 0) + (scalars[SCALAR.trend] ?? 0);
  const fromLevel = value - level;
  const fromRecent = value - recent;
  out.level = level;
  out.recent = recent;
  out.grain = 1e-9 * (Math.abs(scalars[SCALAR.origin] ?? 0) + Math.abs(level)) + 1e-18;
  f[LEVEL] = fromLevel;
  f[JUMP] = value - (scalars[SCALAR.last] ?? 0);
  f[RECENT] = fromRecent;

  const mean4 = follow(scalars, SCALAR.mean4, value, Math.max(young, RATE_4));
  const before = scalars[SCALAR.mean16] ?? 0;
  follow(scalars, SCALAR.mean16, value, Math.max(young, RATE_16));
  follow(scalars, SCALAR.mean12, value, Math.max(young, RATE_12));
  const mean36 = follow(scalars, SCALAR.mean36, value, Math.max(young, RATE_36));
  const mean144 = follow(scalars, SCALAR.mean144, value, Math.max(young, RATE_144));
  f[STEP] = count > 16 ? mean4 - before : Number.NaN;
  f[COURSE] = count > 72 ? mean36 - mean144 : Number.NaN;

  turnSlots(state, out);
  measureSeasons(state, out);

  const size = state.scales[LEVEL] ?? 0;
  const reach = count > 50 && size > 0 ? LEVEL_REACH * size : Number.POSITIVE_INFINITY;
  const step = Math.max(-reach, Math.min(reach, fromLevel));
  scalars[SCALAR.level] = level + Math.max(young, levelRate) * step;
  // Holt's linear smoothing with a damped trend.
  scalars[SCALAR.recent] = recent + Math.max(young, 0.15) * fromRecent;
  scalars[SCALAR.trend] = Math.fround(0.9 * ((scalars[SCALAR.trend] ?? 0) + 0.02 * fromRecent));
}

/** How wide the series spreads around its mean over 12 samples, which does not know the sample yet. */
function measureSpread(scalars: Float64Array, { value, values: f }: FeatureValues): void {
  const count = scalars[SCALAR.count] ?? 0;
  const young = 1 / (count + 1);
  const grain = 1e-12 * value * value + 1e-18;
  const from12 = value - (scalars[SCALAR.mean12] ?? 0);
  const spread = followInSingle(scalars, SCALAR.spread12, from12 * from12, Math.max(young, SPREAD_RATE_12));
  const usual = scalars[SCALAR.usualSpread12] ?? 0;
  f[SPREAD] = count > 24 ? timesUsual(spread + grain, usual + grain) : Number.NaN;
  const bounded = count > 50 ? Math.min(spread, USUAL_REACH * usual + grain) : spread;
  followInSingle(scalars, SCALAR.usualSpread12, bounded, Math.max(young, USUAL_RATE));
}

/** Moves a running mean and returns it. */
function follow(scalars: Float64Array, at: number, value: number, rate: number): number {
  const old = scalars[at] ?? 0;
  const mean = old + rate * (value - old);
  scalars[at] = mean;
  return mean;
}

/** Squares beyond this are kept in double precision: single has none so large. */
const SINGLE_MAX = 1e38;

/** The same in single precision, which suits what is no place but a size, and takes half the room at rest. */
function followInSingle(scalars: Float64Array, at: number, value: number, rate: number): number {
  const old = scalars[at] ?? 0;
  const exact = old + rate * (value - old);
  const mean = Math.abs(exact) < SINGLE_MAX ? Math.fround(exact) : exact;
  scalars[at] = mean;
  return mean;
}

/** How many times as wide as usual, less one; below zero how many times as narrow. */
function timesUsual(square: number, usual: number): number {
  const times = Math.sqrt(Math.max(square, usual) / Math.min(square, usual)) - 1;
  return times * (1 - 2 * (Number(square < usual) | 0));
}

/** Finds the places of a moment in the day and in the week, where it is in another quarter hour than the last one. */
function turnSlots(state: SeriesState, { at }: FeatureValues): void {
  const { scalars } = state;
  const into = at - (scalars[SCALAR.quarterFrom] ?? 0);
  if (into >= 0 && into < QUARTER_MS) return;
  const intoDay = modulo(at, DAY_MS);
  const day = Math.floor(intoDay / QUARTER_MS);
  const week = Math.floor((modulo(at, WEEK_MS) * WEEK_SLOTS) / WEEK_MS);
  leaveSlots(state, day, week);
  scalars[SCALAR.daySlot] = day;
  scalars[SCALAR.weekSlot] = week;
  scalars[SCALAR.quarterFrom] = at - modulo(intoDay, QUARTER_MS);
}

/** Sizes of departures are rounded to so many units: they count beside the size of the whole day. */
const SIZE_UNITS = 2;

/** Rounds what is not learnt any more for now. */
function leaveSlots(state: SeriesState, day: number, week: number): void {
  const { scalars, dayMeans, daySizes, weekMeans } = state;
  const dayBefore = scalars[SCALAR.daySlot] ?? 0;
  const weekBefore = scalars[SCALAR.weekSlot] ?? 0;
  const unit = seasonUnit(state);
  if (dayBefore !== day) roundSlot(dayMeans, dayBefore, unit);
  if (dayBefore >> 1 !== day >> 1) roundSlot(daySizes, dayBefore >> 1, SIZE_UNITS * unit);
  if (weekBefore !== week) roundSlot(weekMeans, weekBefore, unit);
}

function measureSeasons(state: SeriesState, out: FeatureValues): void {
  const { scalars, dayMeans, dayCounts, weekMeans, weekCounts } = state;
  const { at, value, values: f } = out;
  const age = at - (scalars[SCALAR.firstAt] ?? at);
  const stepMs = Math.max(1, scalars[SCALAR.stepMs] ?? 0);
  const day = scalars[SCALAR.daySlot] ?? 0;
  const dayMean = dayMeans[day] ?? 0;
  const dayCount = dayCounts[day] ?? 0;
  const dayGap = value - dayMean;
  const isDayKnown = age > DAY_MS && dayCount > 0;
  out.day = isDayKnown ? dayMean : Number.NaN;
  f[DAY] = isDayKnown ? dayGap : Number.NaN;
  out.dayShare = isDayKnown ? shareBeyondNeighbours(state, day, value) : 1;
  f[DAY_RATIO] = isDayKnown ? measureDayRatio(state, dayGap, out.grain) : Number.NaN;
  const daySamples = Math.floor(Math.min(60_000, dayCount + 1, SEASON_DAYS * Math.max(1, QUARTER_MS / stepMs)));
  dayCounts[day] = daySamples;
  const dayReach = SEASON_REACH * Math.max(scalars[SCALAR.dayBodyUp] ?? 0, scalars[SCALAR.dayBodyDown] ?? 0);
  const isSettled = dayReach > 0 && (state.totals[DAY] ?? 0) > SEASON_SAMPLES_MIN;
  const dayStep = isSettled ? Math.max(-dayReach, Math.min(dayReach, dayGap)) : dayGap;
  dayMeans[day] = dayMean + dayStep / daySamples;

  const week = scalars[SCALAR.weekSlot] ?? 0;
  const weekMean = weekMeans[week] ?? 0;
  const weekCount = weekCounts[week] ?? 0;
  const weekGap = value - weekMean;
  const isWeekKnown = age > WEEK_MS && weekCount > 0;
  f[WEEK_MEAN] = isWeekKnown ? followInSingle(scalars, SCALAR.weekResidual, weekGap, WEEK_RATE) : Number.NaN;
  const weekSamples = Math.floor(Math.min(60_000, weekCount + 1, SEASON_WEEKS * Math.max(1, WEEK_SLOT_MS / stepMs)));
  weekCounts[week] = weekSamples;
  weekMeans[week] = weekMean + weekGap / weekSamples;
}

/**
 * How much of a value's departure from its quarter hour lies beyond the quarter hours before and behind it too. What happens
 * every day a few minutes earlier or later, or in the middle of a quarter hour, is no departure.
 */
function shareBeyondNeighbours({ dayMeans, dayCounts }: SeriesState, day: number, value: number): number {
  const mean = dayMeans[day] ?? 0;
  const before = day === 0 ? DAY_SLOTS - 1 : day - 1;
  const behind = day === DAY_SLOTS - 1 ? 0 : day + 1;
  const earlier = (dayCounts[before] ?? 0) > 0 ? (dayMeans[before] ?? 0) : mean;
  const later = (dayCounts[behind] ?? 0) > 0 ? (dayMeans[behind] ?? 0) : mean;
  const beyond = Math.max(value - Math.max(mean, earlier, later), Math.min(mean, earlier, later) - value);
  return beyond > 0 ? beyond / Math.abs(value - mean) : 0;
}

/** How many times as large as usual at its time of day a departure is, NaN until that is known; learns from it. */
function measureDayRatio(
  { scalars, scales, totals, daySizes, daySizeCounts }: SeriesState,
  departure: number,
  grain: number,
): number {
  const stepMs = Math.max(1, scalars[SCALAR.stepMs] ?? 0);
  const halfHour = (scalars[SCALAR.daySlot] ?? 0) >> 1;
  const size = Math.abs(departure);
  const usual = scales[DAY] ?? 0;
  const own = daySizes[halfHour] ?? 0;
  const count = daySizeCounts[halfHour] ?? 0;
  const samples = Math.floor(Math.min(60_000, count + 1, SEASON_DAYS * Math.max(1, (2 * QUARTER_MS) / stepMs)));
  const isSettled = usual > 0 && (totals[DAY] ?? 0) > SETTLED_SAMPLES;
  daySizeCounts[halfHour] = samples;
  daySizes[halfHour] = own + ((isSettled ? Math.min(size, SIZE_REACH * usual) : size) - own) / samples;
  if (count < RATIO_SAMPLES_MIN) return Number.NaN;
  return size > grain ? departure / (RATIO_OWN_PART * own + (1 - RATIO_OWN_PART) * usual + grain) : 0;
}

/** Moves the mean size of a quantity that predicts; in single precision. */
export function learnSize(state: SeriesState, feature: number, signed: number): void {
  const { scales, totals } = state;
  const size = scales[feature] ?? 0;
  const total = totals[feature] ?? 0;
  const reach = size > 0 && total > 50 ? SIZE_REACH * size : Number.POSITIVE_INFINITY;
  const rate = Math.max(1 / Math.max(1, total), SIZE_RATE);
  scales[feature] = Math.fround(size + (Math.min(Math.abs(signed), reach) - size) * rate);
}
