import { decadesOfStep } from './alarm-rate.ts';
import { type BodyValue, bodyDistance } from './body-distance.ts';
import { type SeriesBaseline, expectedBand, learnBands } from './expected-band.ts';
import { type Cause, createFeatureValues, learnSize, measureFeatures } from './series-features.ts';
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
import { refreshSketch, surpriseOf } from './tail-sketch.ts';

/** What a model says of one sample. Values are in the series' unit. */
export interface Verdict {
  readonly atMs: number;
  readonly value: number;
  /** Likelihood in [0, 1] that the sample is not normal: of a five-minute series about one normal sample in a thousand reaches 0.999. */
  readonly score: number;
  /** The same, as decades: -log10(1 - score), which keeps apart what `score` rounds to 1. */
  readonly surprise: number;
  /** `surprise` less what is taken off for a departure that is small beside the series' usual spread; an anomaly opens on it. */
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
  regime: number;
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

/** What is about one sample, and what is about the course of many; each counts the same. */
const POINT: readonly Feature[] = ['level', 'jump', 'recent', 'step', 'spread', 'day'];
const REGIME: readonly Feature[] = ['level', 'mean', 'course', 'long-spread', 'day', 'day-mean', 'week-mean'];
const isPoint = Uint8Array.from(FEATURES, (name) => (POINT.includes(name) ? 1 : 0));
const isRegime = Uint8Array.from(FEATURES, (name) => (REGIME.includes(name) ? 1 : 0));
const sized = Uint8Array.of(FEATURE_INDEX.level, FEATURE_INDEX.jump, FEATURE_INDEX.recent, FEATURE_INDEX.day);

/** Decades of surprise per decade of the features' mean: they depend on each other, and the mean of many is never large. */
const POINT_GAIN = 1.69;
const REGIME_GAIN = 1.33;

/**
 * Decades of surprise per decade of the series' step: one threshold shall mean a like number of alarms a week for any step.
 * As many as the step is longer for the series' own count; more for the mean, which is stretched, and less for the course,
 * which changes slowly whatever the step.
 */
const DECADES_PER_DECADE = 1;
const POINT_DECADES_PER_DECADE = 1.35;
const REGIME_DECADES_PER_DECADE = 0.53;

/** A departure of this many reaches of the body is large; each decade less takes off this many decades of alarm. */
const LARGE_DISTANCE = 10;
const SMALLNESS_COST = 9;
/** A jump counts as a departure of this part. */
const JUMP_PART = 0.5;
/** What is usual at this time of day is no departure: the distance from it, times this, bounds the others, once it is known. */
const DAY_PART = 1.2;
const DAY_SAMPLES_MIN = 50;

/** Strengths are told on the scale of alarms: this much is added, so that one threshold suits both and the course too. */
const STRENGTH_OFFSET = 0.5;

/** An alarm leads what the series' own count says by this many decades at most: what is seen ever again is no rarity. */
const ALARM_LEAD_MAX = 1;

/** Every so many samples one sketch is refreshed, in turn. */
const REFRESH_SAMPLES = 2;

/** A model that knows nothing yet. */
export function createSeriesModel(settings: Partial<SeriesSettings> = {}): SeriesModel {
  return createSeriesModelOn(createSeriesState(), { ...defaultSeriesSettings, ...settings });
}

/** A model from the bytes of `snapshot`. Throws `HeliosError` for bytes that are none of this version. */
export function restoreSeriesModel(bytes: Uint8Array, settings: Partial<SeriesSettings> = {}): SeriesModel {
  return createSeriesModelOn(readSeriesState(bytes), { ...defaultSeriesSettings, ...settings });
}

/** A model on a state of the caller, which is all that it has: with another state loaded it is the model of another series. */
export function createSeriesModelOn(state: SeriesState, settings: SeriesSettings): QuickSeriesModel {
  const { scalars } = state;
  const measured = createFeatureValues();
  const judgement: Judgement = { surprise: 0, alarm: 0, regime: 0, learning: true };
  const body: BodyValue = { value: 0, count: 1, size: 0, grain: 0 };
  let at = 0;
  let given = 0;
  let value = 0;
  let cause = 0;

  function judge(timestampMs: number, sample: number): boolean {
    const count = scalars[SCALAR.count] ?? 0;
    const lastAt = scalars[SCALAR.lastAt] ?? 0;
    if (!Number.isFinite(sample) || !Number.isFinite(timestampMs) || (count > 0 && timestampMs <= lastAt)) return false;
    at = timestampMs;
    given = sample;
    const bounded = Math.max(-VALUE_LIMIT, Math.min(VALUE_LIMIT, sample));
    judgement.surprise = 0;
    judgement.alarm = 0;
    judgement.regime = 0;
    judgement.learning = count < settings.learningSamples;
    cause = FEATURE_INDEX.level;
    if (count === 0) {
      scalars[SCALAR.origin] = bounded;
      scalars[SCALAR.firstAt] = at;
      value = 0;
    } else {
      const gapMs = Math.max(1, Math.min(86_400_000, at - lastAt));
      const stepMs = scalars[SCALAR.stepMs] ?? 0;
      scalars[SCALAR.stepMs] = stepMs + (gapMs - stepMs) * Math.max(1 / count, 0.01);
      value = bounded - (scalars[SCALAR.origin] ?? 0);
    }
    measured.at = at;
    measured.value = value;
    measureFeatures(state, measured, settings.levelRate);
    if (count > 0) weigh(count);
    return true;
  }

  /** Asks every feature how rare it is and counts it. */
  function weigh(count: number): void {
    const { values } = measured;
    const grain = 1e-9 * (Math.abs(scalars[SCALAR.origin] ?? 0) + Math.abs(measured.level)) + 1e-18;
    let points = 0;
    let pointSum = 0;
    let regimes = 0;
    let regimeSum = 0;
    let most = 0;
    for (let i = 0; i < FEATURES.length; i++) {
      const size = Math.abs(values[i] ?? Number.NaN);
      if (Number.isNaN(size)) continue;
      points += isPoint[i] ?? 0;
      regimes += isRegime[i] ?? 0;
      const surprise = surpriseOf(state, i, size > grain ? size : 0);
      if (surprise === 0) continue;
      const bounded = Math.min(SURPRISE_MAX, surprise);
      if (isRegime[i] === 1) regimeSum += bounded * bounded * bounded;
      if (isPoint[i] !== 1) continue;
      pointSum += bounded;
      if (bounded > most) {
        most = bounded;
        cause = i;
      }
    }
    if (count % REFRESH_SAMPLES === 0) {
      refreshSketch(state, (count / REFRESH_SAMPLES) % (FEATURES.length + 1), settings.memorySamples);
    }
    const distance = distanceFromBody(count, grain);
    const mean = POINT_GAIN * (pointSum / Math.max(1, points));
    const own = surpriseOf(state, WHOLE_SKETCH, mean);
    if (pointSum === 0 && regimeSum === 0) return;
    const stepDecades = count < 2 ? 0 : decadesOfStep(scalars[SCALAR.stepMs] ?? 0);
    if (own > 0) judgement.surprise = Math.max(0, own + DECADES_PER_DECADE * stepDecades);
    if (pointSum > 0) {
      const smallness = Math.max(0, Math.log10(LARGE_DISTANCE / Math.max(0.1, distance)));
      const strength = mean + POINT_DECADES_PER_DECADE * stepDecades - SMALLNESS_COST * smallness + STRENGTH_OFFSET;
      judgement.alarm = Math.max(0, Math.min(strength, judgement.surprise + ALARM_LEAD_MAX));
    }
    if (regimeSum > 0) {
      const regime = REGIME_GAIN * Math.cbrt(regimeSum / regimes) + REGIME_DECADES_PER_DECADE * stepDecades;
      judgement.regime = Math.max(0, regime);
    }
  }

  function distanceFromBody(count: number, grain: number): number {
    const { values } = measured;
    body.grain = grain + 1e-6 * Math.abs(measured.level);
    body.count = count;
    const distance = Math.max(
      bodyDistanceOf(FEATURE_INDEX.level, SCALAR.levelBody),
      JUMP_PART * bodyDistanceOf(FEATURE_INDEX.jump, SCALAR.jumpBody),
    );
    if (Number.isNaN(values[FEATURE_INDEX.day] ?? Number.NaN)) return distance;
    const days = state.totals[FEATURE_INDEX.day] ?? 0;
    body.count = days;
    const fromDay = DAY_PART * bodyDistanceOf(FEATURE_INDEX.day, SCALAR.dayBody);
    return days > DAY_SAMPLES_MIN ? Math.min(distance, fromDay) : distance;
  }

  function bodyDistanceOf(feature: number, firstScalar: number): number {
    body.value = measured.values[feature] ?? 0;
    body.size = state.scales[feature] ?? 0;
    return bodyDistance(scalars, firstScalar, body);
  }

  function verdict(): Verdict {
    const band = expectedBand(state, measured, at, settings);
    const isFirst = (scalars[SCALAR.count] ?? 0) === 0;
    const bounded = value + (scalars[SCALAR.origin] ?? 0);
    return {
      atMs: at,
      value: given,
      score: 1 - 10 ** -judgement.surprise,
      ...judgement,
      expected: isFirst ? bounded : band.expected,
      lower: isFirst ? bounded : band.lower,
      upper: isFirst ? bounded : band.upper,
      deviation: isFirst ? 0 : (bounded - band.expected) / band.sigma,
      baseline: band.baseline,
      cause: { feature: FEATURES[cause] ?? 'level', size: isFirst ? 0 : (measured.values[cause] ?? 0) },
    };
  }

  function learn(): void {
    const { values } = measured;
    if ((scalars[SCALAR.count] ?? 0) > 0) {
      for (const feature of sized) {
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

  return {
    judge,
    judgement,
    verdict,
    learn,
    update: (timestampMs, sample) => {
      if (!judge(timestampMs, sample)) return undefined;
      const said = verdict();
      learn();
      return said;
    },
    snapshot: () => writeSeriesState(state),
  };
}
