import { DAY_MS, type FeatureValues } from './series-features.ts';
import type { SeriesSettings } from './series-settings.ts';
import { FEATURE_INDEX, SCALAR, type SeriesState } from './series-state.ts';

/** What an expectation is drawn from: the long-term level, the recent course with its trend, or the time of day. */
export type BaselineKind = 'level' | 'recent' | 'daily-season';

/** The stretch of history that a sample is compared with. Times in milliseconds since the epoch. */
export interface SeriesBaseline {
  readonly kind: BaselineKind;
  readonly fromMs: number;
  readonly toMs: number;
  readonly samples: number;
}

/** Where a sample was expected, in the series' unit. */
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

/** An edge of a band moves by this many mean misses when a sample lies beyond it. */
const EDGE_STEP = 0.5;

/** Samples in which a band finds its edges, in larger steps. */
const EDGE_YOUTH_SAMPLES = 100;

const parts = {
  level: { feature: FEATURE_INDEX.level, up: SCALAR.levelUp, down: SCALAR.levelDown },
  recent: { feature: FEATURE_INDEX.recent, up: SCALAR.recentUp, down: SCALAR.recentDown },
  'daily-season': { feature: FEATURE_INDEX.day, up: SCALAR.dayUp, down: SCALAR.dayDown },
} as const satisfies Record<BaselineKind, unknown>;

/**
 * Where a measured sample was expected, by the predictor that has missed least so far, with the band its own misses give.
 * To be called after `measureFeatures` and before `learnBands`.
 *
 * @param at moment of the sample; `lastAt` and `count` of the state are still those before it
 */
export function expectedBand(
  state: SeriesState,
  measured: FeatureValues,
  at: number,
  settings: SeriesSettings,
): ExpectedBand {
  const { scalars, scales } = state;
  const kind = bestPredictor(state, measured);
  const { feature, up, down } = parts[kind];
  const origin = scalars[SCALAR.origin] ?? 0;
  const relative = kind === 'level' ? measured.level : kind === 'recent' ? measured.recent : measured.day;
  const expected = origin + relative;
  const below = expected - (scalars[down] ?? 0);
  const neverNegative = expected >= 0 && origin + (scalars[SCALAR.lowest] ?? 0) >= 0;
  return {
    expected,
    // A quantity that has never been negative is not expected to be.
    lower: neverNegative ? Math.max(0, below) : below,
    upper: expected + (scalars[up] ?? 0),
    sigma: SIGMA_PER_MEAN_DEVIATION * (scales[feature] ?? 0) || 1e-9 * Math.max(Math.abs(expected), 1e-9),
    baseline: baselineOf(state, at, { kind, levelRate: settings.levelRate }),
  };
}

/** Where a measured sample was expected by that predictor, relative to the origin of the series. */
export function expectedValue(state: SeriesState, measured: FeatureValues): number {
  const kind = bestPredictor(state, measured);
  return kind === 'level' ? measured.level : kind === 'recent' ? measured.recent : measured.day;
}

const edgeFeatures = Uint8Array.from(Object.values(parts), ({ feature }) => feature);
const edgesUp = Uint8Array.from(Object.values(parts), ({ up }) => up);
const edgesDown = Uint8Array.from(Object.values(parts), ({ down }) => down);

/** Lets the three bands and the sizes of their misses learn from a measured sample: an edge is the quantile `bandTail`, in single precision. */
export function learnBands(state: SeriesState, { values }: FeatureValues, bandTail: number): void {
  const { scalars, scales } = state;
  const stepOfSize = (scalars[SCALAR.count] ?? 0) < EDGE_YOUTH_SAMPLES ? 2 * EDGE_STEP : EDGE_STEP;
  for (let i = 0; i < edgeFeatures.length; i++) {
    const feature = edgeFeatures[i] ?? 0;
    const miss = values[feature] ?? Number.NaN;
    if (Number.isNaN(miss)) continue;
    const step = stepOfSize * (scales[feature] ?? 0);
    const up = edgesUp[i] ?? 0;
    const down = edgesDown[i] ?? 0;
    const above = scalars[up] ?? 0;
    const below = scalars[down] ?? 0;
    scalars[up] = Math.fround(Math.max(0, above + step * (miss > above ? 1 - bandTail : -bandTail)));
    scalars[down] = Math.fround(Math.max(0, below + step * (-miss > below ? 1 - bandTail : -bandTail)));
  }
}

/** A simpler predictor is left only for one that is clearly better. */
function bestPredictor({ scales, totals }: SeriesState, { day }: FeatureValues): BaselineKind {
  const level = scales[FEATURE_INDEX.level] ?? 0;
  const recent = scales[FEATURE_INDEX.recent] ?? 0;
  const season = scales[FEATURE_INDEX.day] ?? 0;
  const best: BaselineKind = recent < 0.8 * level ? 'recent' : 'level';
  const seasonKnown = (totals[FEATURE_INDEX.day] ?? 0) > 50 && !Number.isNaN(day);
  return seasonKnown && season < 0.9 * Math.min(level, recent) ? 'daily-season' : best;
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
