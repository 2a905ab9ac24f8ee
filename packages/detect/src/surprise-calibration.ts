import { CALIBRATION_BINS, SCALAR, type SeriesState } from './series-state.ts';
import { halveCounts } from './tail-sketch.ts';

/** Width of a bin in decades. */
const BIN_WIDTH = 0.1;

/** How many imagined samples the prior counts for, and how fast its tail falls, in decades per decade. */
const PRIOR_SAMPLES = 5;
const PRIOR_SLOPE = 1.6;

/** The prior's weight in the fit, in samples: a young series borrows the shape of its tail. */
const FIT_PRIOR_SAMPLES = 20;

/** Shares of samples between whose surprises the exponential tail is fitted, and the fit's part of the answer. */
const BODY_SHARE = 0.4;
const TAIL_SHARE = 0.04;
const FIT_PART = 0.7;

/** Length in decades that a body is taken to have at least, so that a constant series keeps a finite tail. */
const BODY_LENGTH_MIN = 0.15;

/** The fit may lead the counts by this many decades: what is seen ever again is no rarity, however far out it lies. */
const FIT_LEAD_MAX = 0.8;

/** The plain distance speaks only for samples that the features find rarer than this, in decades. */
const DISTANCE_FROM_DECADES = 1;

/** A sample is hot from this many decades on; of hot samples that follow close on another, one in eight is learnt. */
const HOT_DECADES = 2.5;
const HOT_GAP_SAMPLES = 4;
const HOT_LEARNT_ONE_IN = 8;

/** The prior's share of samples above each bin's lower edge. */
const priorAbove = Float64Array.from({ length: CALIBRATION_BINS + 1 }, (_, bin) =>
  Math.min(1, 10 ** (-PRIOR_SLOPE * bin * BIN_WIDTH)),
);

/**
 * Turns a series' mean surprise into -log10 of the share of its normal samples that would be at least as surprising,
 * and counts it. The features depend on each other, so only the series' own history says what a mean of theirs is worth.
 *
 * Two views are weighed: the share of samples counted above it, and a view that past anomalies cannot bend, which is an
 * exponential tail fitted to the body of the counts or the plain distance from the recent past, whichever is more
 * alarmed. The second may not lead the first by much.
 *
 * @param seen the mean surprise of the features, and `robustDistance`, in decades
 */
export function calibrateSurprise(
  state: SeriesState,
  seen: { readonly mean: number; readonly distance: number },
  memorySamples: number,
): number {
  const { mean, distance } = seen;
  const { calibration, scalars } = state;
  const position = Math.min(CALIBRATION_BINS - 0.001, mean / BIN_WIDTH);
  const bin = Math.floor(position);
  const total = scalars[SCALAR.calibrationTotal] ?? 0;
  let above = (calibration[bin] ?? 0) * (bin + 1 - position);
  for (let i = CALIBRATION_BINS - 1; i > bin; i--) above += calibration[i] ?? 0;
  const share = (above + PRIOR_SAMPLES * 10 ** (-PRIOR_SLOPE * mean)) / (total + PRIOR_SAMPLES);
  const counted = -Math.log10(Math.min(1, share));
  const fitted = fittedSurprise(state, mean, counted);
  const unbent = counted > DISTANCE_FROM_DECADES ? Math.max(fitted, distance) : fitted;
  const surprise = FIT_PART * Math.min(counted + FIT_LEAD_MAX, unbent) + (1 - FIT_PART) * counted;
  if (!isTailOfTrouble(state, surprise)) {
    calibration[bin] = (calibration[bin] ?? 0) + 1;
    scalars[SCALAR.calibrationTotal] =
      total + 1 > memorySamples ? halveCounts(calibration, 0, CALIBRATION_BINS) : total + 1;
  }
  return surprise;
}

/** The surprise by an exponential tail through two quantiles of the counts and the prior; `counted` in the body. */
function fittedSurprise(state: SeriesState, mean: number, counted: number): number {
  const { calibration, scalars } = state;
  const total = (scalars[SCALAR.calibrationTotal] ?? 0) + FIT_PRIOR_SAMPLES;
  const tailMass = TAIL_SHARE * total;
  const bodyMass = BODY_SHARE * total;
  let above = 0;
  let tailFrom = Number.NaN;
  let bodyFrom = 0;
  for (let i = CALIBRATION_BINS - 1; i >= 0; i--) {
    const prior = FIT_PRIOR_SAMPLES * ((priorAbove[i] ?? 0) - (priorAbove[i + 1] ?? 0));
    const mass = (calibration[i] ?? 0) + prior;
    if (Number.isNaN(tailFrom) && above + mass >= tailMass) {
      tailFrom = (i + 1 - (tailMass - above) / mass) * BIN_WIDTH;
      if (mean <= tailFrom) return counted;
    }
    if (above + mass >= bodyMass) {
      bodyFrom = (i + 1 - (bodyMass - above) / mass) * BIN_WIDTH;
      break;
    }
    above += mass;
  }
  const lengths = (mean - tailFrom) / Math.max(BODY_LENGTH_MIN, tailFrom - bodyFrom);
  return -Math.log10(TAIL_SHARE) + lengths * Math.log10(BODY_SHARE / TAIL_SHARE);
}

/**
 * True for most samples of a trouble after its first: if they all counted, a long trouble would be the new normal before
 * it ends. A lasting shift is still learnt, eight times slower.
 */
function isTailOfTrouble(state: SeriesState, surprise: number): boolean {
  const { scalars } = state;
  const sinceHot = scalars[SCALAR.sinceHot] ?? 0;
  const hot = surprise >= HOT_DECADES;
  scalars[SCALAR.sinceHot] = hot ? 0 : Math.min(1000, sinceHot + 1);
  if (!hot || sinceHot >= HOT_GAP_SAMPLES || (scalars[SCALAR.calibrationTotal] ?? 0) <= 50) return false;
  const run = (scalars[SCALAR.hotRun] ?? 0) + 1;
  scalars[SCALAR.hotRun] = run % HOT_LEARNT_ONE_IN;
  return run % HOT_LEARNT_ONE_IN !== 0;
}
