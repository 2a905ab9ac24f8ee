/**
 * A streaming picture of how large a quantity usually gets, in a fixed number of small counters, for one feature of a
 * series: its tail probability is read from the counts, and continued beyond the largest one seen.
 *
 * Magnitudes are counted in bins of a quarter octave; where on the axis of all magnitudes the first bin lies is moved with
 * the quantity, so one layout fits any unit. Magnitudes of zero are counted in the total alone.
 */

import type { SeriesState } from './series-state.ts';

/** Bins of a sketch: twelve octaves. */
export const TAIL_BINS = 48;

/** A feature speaks for the largest fifth of its magnitudes; to the others it says nothing, which costs nothing. */
const SPEAKING_SHARE = 0.2;

/** Magnitudes counted before a sketch speaks. */
const SAMPLES_MIN = 20;

/** A new sketch begins so many bins below its first magnitude. */
const BINS_BELOW_FIRST = 16;

/** When what speaks begins above this bin, the bins are moved up. When most lies below the first bin, the sketch begins anew. */
const HIGH_BIN = 36;
const MOVED_BINS = 12;
const RESTART_SAMPLES_MIN = 100;

/** Decades of probability lost per bin beyond the largest magnitude seen, and the tail of the counts that it is read from. */
const SLOPE_MIN = 0.1;
const SLOPE_MAX = 0.3;
const TAIL_SHARE = 0.05;

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** Length of a bin on the axis. */
const BIN = 1 << 21;

/**
 * Place of a magnitude on the axis of all magnitudes, `BIN` to a quarter octave: its exponent and mantissa as they lie in
 * IEEE 754 single precision, which is its logarithm with straight lines between the quarters.
 */
export function axisPlace(magnitude: number): number {
  single[0] = magnitude;
  return bits[0] ?? 0;
}

/**
 * Decades of surprise of a magnitude: -log10 of the share of magnitudes so far that were as large, 0 for what a sketch says
 * nothing to; then counts it.
 *
 * @param magnitude at least 0, in the unit of the series
 */
export function surpriseOf(state: SeriesState, feature: number, magnitude: number): number {
  const { totals, bases, screens, tails } = state;
  const total = totals[feature] ?? 0;
  totals[feature] = total + 1;
  if (magnitude === 0) return 0;
  single[0] = magnitude;
  const place = bits[0] ?? 0;
  let base = bases[feature] ?? 0;
  if (base === 0) {
    base = Math.max(1, (place >>> 21) - BINS_BELOW_FIRST) * BIN;
    bases[feature] = base;
  }
  const into = place - base;
  const bin = into < 0 ? 0 : into >= TAIL_BINS * BIN ? TAIL_BINS - 1 : into >>> 21;
  const at = feature * TAIL_BINS + bin;
  const count = tails[at] ?? 0;
  tails[at] = count + 1;
  if (place <= (screens[feature] ?? 0) || total < SAMPLES_MIN) return 0;
  seen.start = feature * TAIL_BINS;
  seen.bin = bin;
  seen.part = Math.min(1, Math.max(0, into / BIN - bin));
  seen.total = total;
  return tailSurprise(tails);
}

/** The magnitude that is asked for: its bin, how far into it, and the count before it. One holder, used synchronously. */
const seen = { start: 0, bin: 0, part: 0, total: 0 };

function tailSurprise(tails: Uint16Array): number {
  const { start, bin, part, total } = seen;
  // What was counted just now does not count for itself.
  let above = ((tails[start + bin] ?? 0) - 1) * (1 - part);
  const end = start + TAIL_BINS;
  for (let i = start + bin + 1; i < end; i++) above += tails[i] ?? 0;
  const share = above / (total + 1);
  if (share > SPEAKING_SHARE) return 0;
  return above > 0.5 ? -Math.log10(share) : surpriseBeyond(tails);
}

/** The surprise beyond the largest magnitude counted: the counts' own tail, continued. */
function surpriseBeyond(tails: Uint16Array): number {
  const { start, bin, part, total } = seen;
  let top = bin;
  while (top > 0 && (tails[start + top] ?? 0) === (top === bin ? 1 : 0)) top--;
  const atTop = Math.log10(total + 1);
  let body = top;
  let mass = 0;
  while (body > 0 && mass < TAIL_SHARE * total) mass += tails[start + body--] ?? 0;
  const slope = (atTop + Math.log10(Math.max(0.5, mass) / (total + 1))) / Math.max(1, top - body);
  return atTop + Math.min(SLOPE_MAX, Math.max(SLOPE_MIN, slope)) * Math.max(0, bin + part - top - 0.5);
}

/** Halves the counts, rounding up so that a rare extreme is remembered. */
function halve({ totals, tails }: SeriesState, feature: number): void {
  const start = feature * TAIL_BINS;
  const before = totals[feature] ?? 0;
  let zeros = before;
  let total = 0;
  for (let i = start; i < start + TAIL_BINS; i++) {
    const count = tails[i] ?? 0;
    zeros -= count;
    const halved = (count + 1) >> 1;
    tails[i] = halved;
    total += halved;
  }
  totals[feature] = Math.min(before - 1, total + Math.max(0, Math.floor(zeros / 2)));
}

/**
 * Finds anew from which place on a sketch speaks, moves its bins along with the quantity and lets old counts fade. To be
 * called every few dozen samples.
 *
 * @param memorySamples counts are halved when there are so many; at most 60,000
 */
export function refreshSketch(state: SeriesState, feature: number, memorySamples: number): void {
  const { totals, bases, screens, tails } = state;
  if ((totals[feature] ?? 0) >= memorySamples) halve(state, feature);
  const start = feature * TAIL_BINS;
  const wanted = SPEAKING_SHARE * (totals[feature] ?? 0);
  let above = 0;
  let bin = TAIL_BINS - 1;
  for (; bin > 0; bin--) {
    const count = tails[start + bin] ?? 0;
    if (above + count >= wanted) break;
    above += count;
  }
  const base = bases[feature] ?? 0;
  screens[feature] = base + bin * BIN;
  if (base === 0) return;
  if (bin >= HIGH_BIN) {
    let below = 0;
    for (let i = 0; i < MOVED_BINS; i++) below += tails[start + i] ?? 0;
    tails.copyWithin(start, start + MOVED_BINS, start + TAIL_BINS);
    tails.fill(0, start + TAIL_BINS - MOVED_BINS, start + TAIL_BINS);
    tails[start] = Math.min(65_535, (tails[start] ?? 0) + below);
    bases[feature] = base + MOVED_BINS * BIN;
  } else if (bin === 0 && (tails[start] ?? 0) >= wanted && (totals[feature] ?? 0) > RESTART_SAMPLES_MIN) {
    // The quantity has become smaller than all that the bins tell apart: what they know is of another time.
    tails.fill(0, start, start + TAIL_BINS);
    totals[feature] = 0;
    bases[feature] = 0;
    screens[feature] = 0;
  }
}
