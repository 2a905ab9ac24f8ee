import { surpriseAtReferenceStep } from './alarm-rate.ts';
import { type BaselineKind, type SeriesBaseline, expectedBand } from './expected-band.ts';
import { robustDistance } from './robust-distance.ts';
import { type Cause, type CauseName, FEATURE_INDEX, createFeatureValues, measureFeatures } from './series-features.ts';
import { type SeriesSettings, defaultSeriesSettings } from './series-settings.ts';
import {
  FEATURES,
  RING_LENGTH,
  SCALAR,
  type SeriesState,
  createSeriesState,
  readSeriesState,
  writeSeriesState,
} from './series-state.ts';
import { calibrateSurprise } from './surprise-calibration.ts';
import {
  TAIL_SKETCH_LENGTH,
  type TailRatio,
  addToTail,
  halveCounts,
  tailPosition,
  tailSurprise,
} from './tail-sketch.ts';

/** What a model says of one sample. Values are in the series' unit. */
export interface Verdict {
  readonly atMs: number;
  readonly value: number;
  /** Likelihood in [0, 1] that the sample is not normal: of a five-minute series about one normal sample in a thousand reaches 0.999. */
  readonly score: number;
  /** The same, as decades: -log10(1 - score), which keeps apart what `score` rounds to 1. */
  readonly surprise: number;
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

/** Values are held within this so that their squares and single-precision means stay finite. */
const VALUE_LIMIT = 1e30;

/** Samples a sketch needs before it speaks. */
const SKETCH_SAMPLES = 20;

/** Share of the way that a feature's typical size moves towards a sample's. */
const SCALE_RATE = 0.001;

/** A single outlier moves a typical size as if it were this many times as large at most. */
const SCALE_REACH = 16;

/** How much of a streak of misses on one side stays from sample to sample, and what one miss adds at most, in decades. */
const STREAK_KEEP = 0.6;
const STREAK_SURPRISE_MAX = 4;

/** No single feature may count for more decades than this. */
const SURPRISE_MAX = 6;

/** What each feature counts for; `recent` serves the expected band only. */
const WEIGHTS: Readonly<Record<CauseName, number>> = {
  level: 1,
  recent: 0,
  jump: 1,
  step: 1,
  mean: 1,
  spread: 1,
  day: 1,
  'day-mean': 1,
  'week-mean': 1.5,
  pattern: 1,
  flat: 0.5,
  streak: 0.5,
  rarity: 0.5,
};
const weights = Float64Array.from(FEATURES, (feature) => WEIGHTS[feature]);

/** A model that knows nothing yet. */
export function createSeriesModel(settings: Partial<SeriesSettings> = {}): SeriesModel {
  return createSeriesModelOn(createSeriesState(), { ...defaultSeriesSettings, ...settings });
}

/** A model from the bytes of `snapshot`. Throws `HeliosError` for bytes that are none of this version. */
export function restoreSeriesModel(bytes: Uint8Array, settings: Partial<SeriesSettings> = {}): SeriesModel {
  return createSeriesModelOn(readSeriesState(bytes), { ...defaultSeriesSettings, ...settings });
}

/** A model on a state of the caller, which is all that it has: with another state loaded it is the model of another series. */
export function createSeriesModelOn(state: SeriesState, settings: SeriesSettings): SeriesModel {
  return {
    update: (timestampMs, value) => updateSeries(state, settings, { at: timestampMs, value }),
    snapshot: () => writeSeriesState(state),
  };
}

// One holder serves every series: an update is synchronous and leaves nothing in it.
const measured = createFeatureValues();

function updateSeries(
  state: SeriesState,
  settings: SeriesSettings,
  sample: { readonly at: number; readonly value: number },
): Verdict | undefined {
  const { scalars } = state;
  const count = scalars[SCALAR.count] ?? 0;
  const lastAt = scalars[SCALAR.lastAt] ?? 0;
  const { at } = sample;
  if (!Number.isFinite(sample.value) || !Number.isFinite(at) || (count > 0 && at <= lastAt)) return undefined;
  const bounded = Math.max(-VALUE_LIMIT, Math.min(VALUE_LIMIT, sample.value));
  if (count === 0) {
    scalars[SCALAR.origin] = bounded;
    scalars[SCALAR.firstAt] = at;
  } else {
    const gapMs = Math.max(1, Math.min(86_400_000, at - lastAt));
    const stepMs = scalars[SCALAR.stepMs] ?? 0;
    scalars[SCALAR.stepMs] = stepMs + (gapMs - stepMs) * Math.max(1 / count, 0.01);
  }
  const value = bounded - (scalars[SCALAR.origin] ?? 0);
  const band = expectedBand(state, at, settings);
  measureFeatures(state, measured, { at, value }, settings.levelRate);
  const { mean, cause } = judgeFeatures(state, settings, band.baseline.kind);
  const distance = robustDistance(state, value, measured.values[FEATURE_INDEX.day] ?? Number.NaN);
  const calibrated = calibrateSurprise(state, { mean, distance }, settings.memorySamples);
  const surprise = surpriseAtReferenceStep(calibrated, count < 2 ? 0 : (scalars[SCALAR.stepMs] ?? 0));
  scalars[SCALAR.lowest] = Math.min(scalars[SCALAR.lowest] ?? 0, value);
  scalars[SCALAR.last] = value;
  scalars[SCALAR.lastAt] = at;
  scalars[SCALAR.count] = count + 1;
  state.ring[count % RING_LENGTH] = value;
  return {
    atMs: at,
    value: sample.value,
    score: 1 - 10 ** -surprise,
    surprise,
    expected: count === 0 ? bounded : band.expected,
    lower: count === 0 ? bounded : band.lower,
    upper: count === 0 ? bounded : band.upper,
    deviation: count === 0 ? 0 : (bounded - band.expected) / band.sigma,
    baseline: band.baseline,
    cause,
    learning: count < settings.learningSamples,
  };
}

/** The mean surprise of all features that can speak, and the one that is most surprised; counts every feature. */
function judgeFeatures(
  state: SeriesState,
  settings: SeriesSettings,
  kind: BaselineKind,
): { mean: number; cause: Cause } {
  const { scales, totals, tails, scalars } = state;
  const grain = 1e-9 * (Math.abs(scalars[SCALAR.level] ?? 0) + 1e-9);
  const predictor = FEATURE_INDEX[kind === 'daily-season' ? 'day' : kind];
  let sum = 0;
  let weightSum = 0;
  let most = -1;
  let feature: CauseName = 'level';
  for (let i = 0; i < FEATURES.length; i++) {
    if (i === FEATURE_INDEX.streak && (scalars[SCALAR.count] ?? 0) > 30) {
      measured.values[i] = scalars[SCALAR.streak] ?? 0;
    }
    const size = measured.values[i] ?? Number.NaN;
    if (Number.isNaN(size)) continue;
    const offset = i * TAIL_SKETCH_LENGTH;
    const total = totals[i] ?? 0;
    const ratio = size / ((scales[i] ?? 0) || grain);
    const seen = { ratio, position: tailPosition(ratio) };
    const weight = weights[i] ?? 0;
    const asked = weight > 0 || i === predictor;
    const surprise = asked && total > SKETCH_SAMPLES ? tailSurprise(tails, { offset, total }, seen) : 0;
    if (i === predictor) {
      const signed = Math.min(STREAK_SURPRISE_MAX, surprise) * Math.sign(size);
      scalars[SCALAR.streak] = signed + STREAK_KEEP * (scalars[SCALAR.streak] ?? 0);
    }
    if (weight > 0) {
      const bounded = Math.min(SURPRISE_MAX, surprise);
      sum += weight * bounded;
      weightSum += weight;
      if (bounded > most) {
        most = bounded;
        feature = FEATURES[i] ?? 'level';
      }
    }
    learnFeature(state, i, { ...seen, size, memorySamples: settings.memorySamples });
  }
  if (!Number.isNaN(measured.rarity)) {
    const bounded = Math.min(SURPRISE_MAX, measured.rarity);
    sum += WEIGHTS.rarity * bounded;
    weightSum += WEIGHTS.rarity;
    if (bounded > most) feature = 'rarity';
  }
  const size = feature === 'rarity' ? measured.rarity : (measured.values[FEATURE_INDEX[feature]] ?? 0);
  return { mean: weightSum === 0 ? 0 : sum / weightSum, cause: { feature, size } };
}

/** Counts one feature's size and moves its typical size. */
function learnFeature(
  state: SeriesState,
  index: number,
  seen: TailRatio & { readonly size: number; readonly memorySamples: number },
): void {
  const { scales, totals, tails } = state;
  const offset = index * TAIL_SKETCH_LENGTH;
  const scale = scales[index] ?? 0;
  const total = (totals[index] ?? 0) + 1;
  addToTail(tails, offset, seen);
  totals[index] = total > seen.memorySamples ? halveCounts(tails, offset, TAIL_SKETCH_LENGTH) : total;
  const reach = scale > 0 && total > 50 ? SCALE_REACH * scale : Number.POSITIVE_INFINITY;
  scales[index] = scale + (Math.min(Math.abs(seen.size), reach) - scale) * Math.max(1 / total, SCALE_RATE);
}
