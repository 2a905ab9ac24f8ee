import { decadesOfStep } from './alarm-rate.ts';
import type { BodyValue } from './body-distance.ts';
import { type SeriesBaseline, expectedBand, expectedValue, learnBands } from './expected-band.ts';
import { NEAR_DECADES, nearAlarmCost } from './near-alarms.ts';
import { OUTLYING_REACHES, learnOutlying, outlyingCost } from './outlying-spells.ts';
import {
  LARGE_REACHES,
  type SampleOfEpisode,
  learnEpisode,
  recurrenceCost,
  withholdKnown,
} from './recurring-episodes.ts';
import { measureDistance } from './sample-distance.ts';
import { type Cause, type FeatureValues, createFeatureValues, learnSize, measureFeatures } from './series-features.ts';
import { type SeriesSettings, defaultSeriesSettings } from './series-settings.ts';
import {
  FEATURES,
  FEATURE_INDEX,
  type Feature,
  SCALAR,
  WHOLE_SKETCH,
  type SeriesState,
  createSeriesState,
  readSeriesState,
  writeSeriesState,
} from './series-state.ts';
import { alarmLead, beginSpells, learnSpells, restlessLead } from './tail-spells.ts';
import { type Heard, createHeard, hearFeatures, refreshSketch, surpriseOf } from './tail-sketch.ts';

/** What a model says of one sample. Values are in the series' unit. */
export interface Verdict {
  readonly atMs: number;
  readonly value: number;
  /** Likelihood in [0, 1] that the sample is not normal: of a five-minute series about one normal sample in a thousand reaches 0.999. */
  readonly score: number;
  /** The same, as decades: -log10(1 - score), which keeps apart what `score` rounds to 1. */
  readonly surprise: number;
  /**
   * `surprise` less what is taken off for a departure that is small beside the series' usual spread, and for a series that
   * comes near an alarm all the time; an anomaly opens on it.
   */
  readonly alarm: number;
  /** How surprising the recent course of the series is as a whole, in decades as of `surprise`. */
  readonly regime: number;
  readonly expected: number;
  /** The band that nearly all normal samples stay in. */
  readonly lower: number;
  readonly upper: number;
  /** Signed distance from `expected` in robust standard deviations. */
  readonly deviation: number;
  readonly baseline: SeriesBaseline;
  readonly cause: Cause;
  /** True while the model has seen too little to raise an anomaly. */
  readonly learning: boolean;
}

/** A streaming model of one series in a fixed few kilobytes. */
export interface SeriesModel {
  /**
   * Judges a sample, then learns from it. Undefined for a sample that changes nothing: not newer than the last one
   * (a redelivery or late), or not a finite number.
   */
  update(timestampMs: number, value: number): Verdict | undefined;
  /** The whole state; a restored model continues exactly as this one would have. */
  snapshot(): Uint8Array;
}

/** What is said of one sample in numbers alone; reused between samples. */
export interface Judgement {
  surprise: number;
  alarm: number;
  /** Mean cube of what the features of the course say, in cubed decades: see `courseDecades`. */
  courseCube: number;
  /** Decades between the series' step and the one that scores refer to. */
  stepDecades: number;
  learning: boolean;
}

/** A model whose verdicts are put into words only where somebody asks for one. */
export interface QuickSeriesModel extends SeriesModel {
  /** Judges a sample into `judgement`; false for a sample that changes nothing. To be followed by `learn`. */
  judge(timestampMs: number, value: number): boolean;
  readonly judgement: Readonly<Judgement>;
  /** The verdict on the sample that was judged last. */
  verdict(): Verdict;
  /** Learns from the sample that was judged last. */
  learn(): void;
}

/** Values are held within this so that their squares and single-precision means stay finite. */
const VALUE_LIMIT = 1e30;

/** No single feature may count for more decades than this. */
const SURPRISE_MAX = 6;

/** What is about one sample, and what is about the course of many; each counts the same, but the spread half in a course. */
const POINT: readonly Feature[] = ['level', 'jump', 'recent', 'step', 'spread', 'day'];
const REGIME: readonly Feature[] = ['level', 'course', 'spread', 'day-ratio', 'week-mean', 'unrest'];
const isPoint = Uint8Array.from(FEATURES, (name) => (POINT.includes(name) ? 1 : 0));
const SPREAD_PART = 0.5;
const regimeParts = Float64Array.from(FEATURES, (name) =>
  name === 'spread' ? SPREAD_PART : REGIME.includes(name) ? 1 : 0,
);
const sized = Uint8Array.of(FEATURE_INDEX.level, FEATURE_INDEX.jump, FEATURE_INDEX.recent, FEATURE_INDEX.day);

/** Decades of surprise per decade of the features' mean: they depend on each other, and the mean of many is never large. */
const POINT_GAIN = 1.69;
const REGIME_GAIN = 1.365;

/**
 * Decades of surprise per decade of the series' step: one threshold shall mean a like number of alarms a week for any step.
 * As many as the step is longer for the series' own count; more for the mean, which is stretched, and less for the course,
 * which changes slowly whatever the step.
 */
const DECADES_PER_DECADE = 1;
const POINT_DECADES_PER_DECADE = 1.35;
const REGIME_DECADES_PER_DECADE = 0.85;

/** How surprising the course is, in decades: a verdict's `regime`. */
export function courseDecades({ courseCube, stepDecades }: Readonly<Judgement>): number {
  return courseCube === 0
    ? 0
    : Math.max(0, REGIME_GAIN * Math.cbrt(courseCube) + REGIME_DECADES_PER_DECADE * stepDecades);
}

/** Rounding of the comparison below, far more than it can be. */
const ROUNDING = 1e-9;

/** True where `courseDecades` is surely at most so many; costs less than to know how many. */
export function isCourseWithin({ courseCube, stepDecades }: Readonly<Judgement>, decades: number): boolean {
  const root = (decades - REGIME_DECADES_PER_DECADE * stepDecades) / REGIME_GAIN;
  return courseCube === 0 || (root > 0 && courseCube < root * root * root * (1 - ROUNDING));
}

/** A departure of this many reaches of the body is large; each decade less takes off this many decades of alarm. */
const LARGE_DISTANCE = 10;
const SMALLNESS_COST = 9;
/** log10(a / b) is at least 2 / ln 10 = 0.8686 times (a - b) / (a + b), where a is the larger; a little less, for rounding. */
const LOGARITHM_MIN = 0.8685;
/** Strengths are told on the scale of alarms: this much is added, so that one threshold suits both and the course too. */
const STRENGTH_OFFSET = 0.5;

/** Share of the way that the mean surprise moves to a sample's own; from how many samples on it is a feature; less of it is rest. */
const UNREST_RATE = 0.4;
const UNREST_SAMPLES_MIN = 60;
const UNREST_GRAIN = 1e-12;

/** Every second sample one of the sketches is refreshed, in turn. */
const SKETCH_COUNT = FEATURES.length + 1;

const LEVEL = FEATURE_INDEX.level;
const UNREST = FEATURE_INDEX.unrest;

/** How many of the known features are about a sample, and about the course. */
function countParts(parts: { known: number; points: number; regimes: number }, known: number): void {
  parts.known = known;
  parts.points = 0;
  parts.regimes = 0;
  for (let i = 0; i < FEATURES.length; i++) {
    if ((known & (1 << i)) === 0) continue;
    parts.points += isPoint[i] ?? 0;
    parts.regimes += regimeParts[i] ?? 0;
  }
}

/** A model that knows nothing yet. */
export function createSeriesModel(settings: Partial<SeriesSettings> = {}): SeriesModel {
  return createSeriesModelOn(createSeriesState(), { ...defaultSeriesSettings, ...settings });
}

/** A model from the bytes of `snapshot`. Throws `HeliosError` for bytes that are none of this version. */
export function restoreSeriesModel(bytes: Uint8Array, settings: Partial<SeriesSettings> = {}): SeriesModel {
  return createSeriesModelOn(readSeriesState(bytes), { ...defaultSeriesSettings, ...settings });
}

/**
 * What a model works with. Functions of the module take it, and are no closures over it: of a process that has several models the
 * engine compiles closures without knowing any constant, which costs a sixth of the speed.
 */
interface Model {
  readonly state: SeriesState;
  readonly settings: SeriesSettings;
  readonly scalars: Float64Array;
  readonly measured: FeatureValues;
  readonly judgement: Judgement;
  readonly body: BodyValue;
  readonly heard: Heard;
  readonly parts: { known: number; points: number; regimes: number };
  readonly step: { ms: number; decades: number };
  /** The feature that is most surprising, by its index. */
  cause: number;
}

/** Judges a sample, and lets the features and sketches learn from it; false for a sample that changes nothing. */
function judge(model: Model, timestampMs: number, sample: number): boolean {
  const { state, settings, scalars, measured, judgement } = model;
  const count = scalars[SCALAR.count] ?? 0;
  const lastAt = scalars[SCALAR.lastAt] ?? 0;
  if (!Number.isFinite(sample) || !Number.isFinite(timestampMs) || (count > 0 && timestampMs <= lastAt)) return false;
  const bounded = Math.max(-VALUE_LIMIT, Math.min(VALUE_LIMIT, sample));
  judgement.surprise = 0;
  judgement.alarm = 0;
  judgement.courseCube = 0;
  judgement.learning = count < settings.learningSamples;
  model.cause = FEATURE_INDEX.level;
  measured.at = timestampMs;
  measured.given = sample;
  if (count === 0) {
    scalars[SCALAR.origin] = bounded;
    scalars[SCALAR.firstAt] = timestampMs;
    beginSpells(scalars);
    measured.value = 0;
  } else {
    const gapMs = Math.max(1, Math.min(86_400_000, timestampMs - lastAt));
    const stepMs = scalars[SCALAR.stepMs] ?? 0;
    scalars[SCALAR.stepMs] = stepMs + (gapMs - stepMs) * Math.max(1 / count, 0.01);
    measured.value = bounded - (scalars[SCALAR.origin] ?? 0);
  }
  measureFeatures(state, measured, settings.levelRate);
  if (count > 0) weigh(model, count);
  return true;
}

/** Asks every feature how rare it is and counts it. */
function weigh(model: Model, count: number): void {
  const { state, settings, scalars, measured, judgement, heard, parts } = model;
  hearFeatures(state, measured, heard);
  if (heard.known !== parts.known) countParts(parts, heard.known);
  let pointSum = 0;
  let regimeSum = 0;
  let most = 0;
  for (let rest = heard.large; rest !== 0; rest &= rest - 1) {
    const feature = 31 - Math.clz32(rest & -rest);
    const bounded = Math.min(SURPRISE_MAX, heard.surprises[feature] ?? 0);
    regimeSum += (regimeParts[feature] ?? 0) * bounded * bounded * bounded;
    if (isPoint[feature] !== 1) continue;
    pointSum += bounded;
    if (bounded > most) {
      most = bounded;
      model.cause = feature;
    }
  }
  if ((count & 1) === 0) refreshSketch(state, (count >>> 1) % SKETCH_COUNT, settings.memorySamples);
  const isLevelLarge = count > settings.learningSamples && (heard.large & (1 << LEVEL)) !== 0;
  const isSpell = learnSpells(scalars, isLevelLarge ? (heard.surprises[LEVEL] ?? 0) : 0, measured.values[LEVEL] ?? 0);
  measureDistance(state, measured, model.body);
  const { restlessDistance } = measured;
  if (restlessDistance >= OUTLYING_REACHES && count > settings.learningSamples) {
    learnOutlying(scalars, count, restlessDistance);
    if (restlessDistance >= LARGE_REACHES) learnEpisode(state.recurrences, sampleOfEpisode(model));
  }
  const mean = POINT_GAIN * (pointSum / Math.max(1, parts.points));
  const own = surpriseOf(state, WHOLE_SKETCH, mean);
  const unrest = Math.min(SURPRISE_MAX, surpriseOfUnrest(model, count, own));
  regimeSum += unrest * unrest * unrest;
  if (pointSum === 0 && regimeSum === 0) return;
  const stepDecades = stepDecadesNow(model);
  judgement.stepDecades = stepDecades;
  judgement.courseCube = regimeSum === 0 ? 0 : regimeSum / (parts.regimes + (count < UNREST_SAMPLES_MIN ? 0 : 1));
  if (own > 0) judgement.surprise = Math.max(0, own + DECADES_PER_DECADE * stepDecades);
  if (pointSum === 0) return;
  // Most departures are small, and need no logarithm to be found so.
  const decades = mean + POINT_DECADES_PER_DECADE * stepDecades;
  const reaches = Math.max(0.1, measured.distance);
  const part = (LARGE_DISTANCE - reaches) / (LARGE_DISTANCE + reaches);
  if (decades + STRENGTH_OFFSET < SMALLNESS_COST * LOGARITHM_MIN * part) return;
  const smallness = Math.max(0, Math.log10(LARGE_DISTANCE / reaches));
  const strength = decades - SMALLNESS_COST * smallness + STRENGTH_OFFSET;
  const lead = alarmLead(scalars, isSpell);
  const alarm = Math.min(strength, judgement.surprise + lead);
  const cost = alarm < NEAR_DECADES ? 0 : nearAlarmCost(scalars, { ms: measured.at, count });
  // Both prices are for being restless: the dearer one is paid, so that trouble that lasts is told in any series.
  const leadLeft = restlessLead(lead, outlyingCost(scalars, count, restlessDistance));
  const left = Math.max(0, Math.min(alarm - cost, judgement.surprise + leadLeft));
  judgement.alarm = alarm < NEAR_DECADES && restlessDistance < LARGE_REACHES ? left : lessIfKnown(model, left, lead);
}

/** What is left of an alarm of a sample where its like has come before. */
function lessIfKnown(model: Model, alarm: number, lead: number): number {
  const { state, scalars, judgement } = model;
  const sample = sampleOfEpisode(model);
  const cost = recurrenceCost(state.recurrences, sample, scalars[SCALAR.stepMs] ?? 0);
  if (cost === 0) return withholdKnown(state.recurrences, sample.count, { all: alarm });
  const left = Math.max(0, Math.min(alarm, judgement.surprise + restlessLead(lead, cost)));
  return withholdKnown(state.recurrences, sample.count, { all: alarm, left });
}

function sampleOfEpisode({ state, measured, scalars }: Model): SampleOfEpisode {
  const expected = expectedValue(state, measured);
  return { count: scalars[SCALAR.count] ?? 0, value: measured.value, expected };
}

/** How rare the mean surprise of the last few samples is. */
function surpriseOfUnrest(model: Model, count: number, own: number): number {
  const { state, scalars } = model;
  const before = scalars[SCALAR.unrest] ?? 0;
  const unrest = before + Math.max(1 / (count + 1), UNREST_RATE) * (own - before);
  scalars[SCALAR.unrest] = Math.fround(unrest);
  return count < UNREST_SAMPLES_MIN ? 0 : surpriseOf(state, UNREST, unrest > UNREST_GRAIN ? unrest : 0);
}

/** Most series come at a step that does not change. */
function stepDecadesNow(model: Model): number {
  const { scalars, step } = model;
  if ((scalars[SCALAR.count] ?? 0) < 2) return 0;
  const stepMs = scalars[SCALAR.stepMs] ?? 0;
  if (stepMs !== step.ms) {
    step.ms = stepMs;
    step.decades = decadesOfStep(stepMs);
  }
  return step.decades;
}

/** The verdict on the sample that was judged last. */
function verdict(model: Model): Verdict {
  const { state, settings, scalars, measured, judgement } = model;
  const { at, given, value } = measured;
  const band = expectedBand(state, measured, at, settings);
  const isFirst = (scalars[SCALAR.count] ?? 0) === 0;
  const bounded = value + (scalars[SCALAR.origin] ?? 0);
  const { surprise, alarm, learning } = judgement;
  return {
    atMs: at,
    value: given,
    score: 1 - 10 ** -surprise,
    surprise,
    alarm,
    regime: courseDecades(judgement),
    learning,
    expected: isFirst ? bounded : band.expected,
    lower: isFirst ? bounded : band.lower,
    upper: isFirst ? bounded : band.upper,
    deviation: isFirst ? 0 : (bounded - band.expected) / band.sigma,
    baseline: band.baseline,
    cause: { feature: FEATURES[model.cause] ?? 'level', size: isFirst ? 0 : (measured.values[model.cause] ?? 0) },
  };
}

/** Lets the bands learn from the sample that was judged last, and remembers it. */
function learn(model: Model): void {
  const { state, settings, scalars, measured } = model;
  const { at, value, values } = measured;
  if ((scalars[SCALAR.count] ?? 0) > 0) {
    for (let i = 0; i < sized.length; i++) {
      const feature = sized[i] ?? 0;
      const size = values[feature] ?? Number.NaN;
      if (!Number.isNaN(size)) learnSize(state, feature, size);
    }
    learnBands(state, measured, settings.bandTail);
  }
  scalars[SCALAR.lowest] = Math.min(scalars[SCALAR.lowest] ?? 0, value);
  scalars[SCALAR.last] = value;
  scalars[SCALAR.lastAt] = at;
  scalars[SCALAR.count] = (scalars[SCALAR.count] ?? 0) + 1;
}

/** A model on a state of the caller, which is all that it has: with another state loaded it is the model of another series. */
export function createSeriesModelOn(state: SeriesState, settings: SeriesSettings): QuickSeriesModel {
  const judgement: Judgement = { surprise: 0, alarm: 0, courseCube: 0, stepDecades: 0, learning: true };
  const model: Model = {
    state,
    settings,
    scalars: state.scalars,
    measured: createFeatureValues(),
    judgement,
    body: { value: 0, count: 1, size: 0, grain: 0, distance: 0 },
    heard: createHeard(),
    parts: { known: 0, points: 0, regimes: 0 },
    step: { ms: 0, decades: 0 },
    cause: 0,
  };
  return {
    judge: (timestampMs, sample) => judge(model, timestampMs, sample),
    judgement,
    verdict: () => verdict(model),
    learn: () => learn(model),
    update: (timestampMs, sample) => {
      if (!judge(model, timestampMs, sample)) return undefined;
      const said = verdict(model);
      learn(model);
      return said;
    },
    snapshot: () => writeSeriesState(state),
  };
}
