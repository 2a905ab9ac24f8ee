import { CALIBRATION_BINS, SCALAR, type SeriesState } from './series-state.ts';
import { halveCounts } from './tail-sketch.ts';

/** Width of a bin in decades. */
const BIN_WIDTH = 0.1;

/** How many imagined samples the prior counts for, and how fast its tail falls, in decades per decade. */
const PRIOR_SAMPLES = 5;
const PRIOR_SLOPE = 1.6;

/**
 * Turns a series' mean surprise into -log10 of the share of its own samples that were at least as surprising, and
 * counts it. The features depend on each other, so only the series' own history says what a mean of theirs is worth.
 *
 * Beyond the history a prior with an exponential tail goes on.
 */
export function calibrateSurprise(state: SeriesState, mean: number, memorySamples: number): number {
  const { calibration, scalars } = state;
  const position = Math.min(CALIBRATION_BINS - 0.001, mean / BIN_WIDTH);
  const bin = Math.floor(position);
  let above = (calibration[bin] ?? 0) * (bin + 1 - position);
  for (let i = CALIBRATION_BINS - 1; i > bin; i--) above += calibration[i] ?? 0;
  const total = scalars[SCALAR.calibrationTotal] ?? 0;
  const share = (above + PRIOR_SAMPLES * 10 ** (-PRIOR_SLOPE * mean)) / (total + PRIOR_SAMPLES);
  calibration[bin] = (calibration[bin] ?? 0) + 1;
  scalars[SCALAR.calibrationTotal] =
    total + 1 > memorySamples ? halveCounts(calibration, 0, CALIBRATION_BINS) : total + 1;
  return -Math.log10(Math.min(1, share));
}
