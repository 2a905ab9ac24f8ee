import { DAY_MS, FEATURE_INDEX, daySlot } from './series-features.ts';
import type { SeriesSettings } from './series-settings.ts';
import { SCALAR, type SeriesState } from './series-state.ts';
import { TAIL_SKETCH_LENGTH, tailQuantile } from './tail-sketch.ts';

/** What an expectation is drawn from: the long-term level, the recent course with its trend, or the time of day. */
export type BaselineKind = 'level' | 'recent' | 'daily-season';

/** The stretch of history that a sample is compared with. Times in milliseconds since the epoch. */
export interface SeriesBaseline {
  readonly kind: BaselineKind;
  readonly fromMs: number;
  readonly toMs: number;
  readonly samples: number;
}

/** Where the next sample is expected, in the series' unit. */
export interface ExpectedBand {
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** Robust standard deviation of the misses so far. */
  readonly sigma: number;
  readonly baseline: SeriesBaseline;
}

/** Mean absolute deviation times this is the standard deviation of a normal distribution. */
const SIGMA_PER_MEAN_DEVIATION = 1.2533;

/** Samples that weigh on the recent course, and days that weigh on a time of day. */
const RECENT_SAMPLES = 13;
const SEASON_DAYS = 5;

/** The expectation for a moment, by the predictor that has missed least so far, with the band its own misses give. */
export function expectedBand(state: SeriesState, at: number, settings: SeriesSettings): ExpectedBand {
  const { scalars, scales, totals, tails } = state;
  const kind = bestPredictor(state, at);
  const feature = FEATURE_INDEX[kind === 'daily-season' ? 'day' : kind];
  const scale = scales[feature] ?? 0;
  const total = totals[feature] ?? 0;
  const offset = feature * TAIL_SKETCH_LENGTH;
  const origin = scalars[SCALAR.origin] ?? 0;
  const expected = origin + prediction(state, at, kind);
  const rest = { total, probability: settings.bandTail };
  const below = expected - scale * tailQuantile(tails, offset, { ...rest, up: false });
  const neverNegative = expected >= 0 && origin + (scalars[SCALAR.lowest] ?? 0) >= 0;
  return {
    expected,
    // A quantity that has never been negative is not expected to be.
    lower: neverNegative ? Math.max(0, below) : below,
    upper: expected + scale * tailQuantile(tails, offset, { ...rest, up: true }),
    sigma: SIGMA_PER_MEAN_DEVIATION * scale || 1e-9 * Math.max(Math.abs(expected), 1e-9),
    baseline: baselineOf(state, at, { kind, levelRate: settings.levelRate }),
  };
}

/** A simpler predictor is left only for one that is clearly better. */
function bestPredictor(state: SeriesState, at: number): BaselineKind {
  const { scales, totals, dayCounts } = state;
  const level = scales[FEATURE_INDEX.level] ?? 0;
  const recent = scales[FEATURE_INDEX.recent] ?? 0;
  const day = scales[FEATURE_INDEX.day] ?? 0;
  const best: BaselineKind = recent < 0.8 * level ? 'recent' : 'level';
  const seasonKnown = (totals[FEATURE_INDEX.day] ?? 0) > 50 && (dayCounts[daySlot(at)] ?? 0) > 0;
  return seasonKnown && day < 0.9 * Math.min(level, recent) ? 'daily-season' : best;
}

function prediction(state: SeriesState, at: number, kind: BaselineKind): number {
  const { scalars, dayMeans } = state;
  if (kind === 'daily-season') return dayMeans[daySlot(at)] ?? 0;
  if (kind === 'level') return scalars[SCALAR.level] ?? 0;
  return (scalars[SCALAR.recent] ?? 0) + (scalars[SCALAR.trend] ?? 0);
}

function baselineOf(state: SeriesState, at: number, by: { kind: BaselineKind; levelRate: number }): SeriesBaseline {
  const { scalars } = state;
  const count = scalars[SCALAR.count] ?? 0;
  const firstAt = count === 0 ? at : (scalars[SCALAR.firstAt] ?? at);
  const toMs = count === 0 ? at : (scalars[SCALAR.lastAt] ?? at);
  const stepMs = Math.max(1, scalars[SCALAR.stepMs] ?? 1);
  const span =
    by.kind === 'daily-season'
      ? SEASON_DAYS * DAY_MS
      : stepMs * (by.kind === 'level' ? 1 / by.levelRate : RECENT_SAMPLES);
  const fromMs = Math.max(firstAt, Math.round(toMs - span));
  return {
    kind: by.kind,
    fromMs,
    toMs,
    samples: Math.min(count, Math.max(1, Math.round((toMs - fromMs) / stepMs) + 1)),
  };
}
