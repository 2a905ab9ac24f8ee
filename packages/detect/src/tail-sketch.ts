/**
 * A streaming picture of how large a quantity usually gets, in a fixed number of small counters, for one feature of a
 * series: its tail probability is read from the counts, and continued beyond the largest one seen.
 *
 * Magnitudes are counted in bins of a quarter octave; where on the axis of all magnitudes the first bin lies is moved with
 * the quantity, so one layout fits any unit. Magnitudes of zero are counted in the total alone.
 */

import {
  FEATURES,
  FEATURE_INDEX,
  HEADS_AT,
  PAIRS_AT,
  type SeriesState,
  TAIL_BINS,
  TOTALS_AT,
  WHOLE_SKETCH,
} from './series-state.ts';

// Constants of this module alone cost nothing to read; imported ones do.
const FEATURE_COUNT = FEATURES.length;
const BINS = TAIL_BINS;
const SCREENS = WHOLE_SKETCH + 1;
const TOTALS = TOTALS_AT;
const BASES_WORD = HEADS_AT;
const SCREENS_WORD = HEADS_AT + SCREENS;
const PAIRS_WORD = PAIRS_AT;

/** A bit for each feature that is a ratio, whose size says nothing about the grain of the series' values. */
const RATIOS = (1 << FEATURE_INDEX.spread) | (1 << FEATURE_INDEX['day-ratio']);

/** A feature speaks for the largest fifth of its magnitudes; to the others it says nothing, which costs nothing. */
const SPEAKING_SHARE = 0.2;

/** Magnitudes counted before a sketch speaks. */
const SAMPLES_MIN = 20;

/** A new sketch begins so many bins below its first magnitude. */
const BINS_BELOW_FIRST = 16;

/** When what speaks begins above this bin, the bins are moved up. When most lies below the first bin, the sketch begins anew. */
const HIGH_BIN = 36;
const MOVED_BINS = 12;

/** Bins that are farther below what speaks are one: they tell nothing, and would take room. */
const DETAILED_BINS = 16;
const RESTART_SAMPLES_MIN = 100;

/** Decades of probability lost per bin beyond the largest magnitude seen, and the tail of the counts that it is read from. */
const SLOPE_MIN = 0.1;
const SLOPE_MAX = 0.3;
const TAIL_SHARE = 0.05;

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** Sizes of all features, and their places. */
const sizes = new Float32Array(FEATURE_COUNT);
const places = new Int32Array(sizes.buffer);

const BIN_SHIFT = 21;
/** Length of a bin on the axis, as a power of two, and of all. */
export const BIN_BITS = BIN_SHIFT;
const BIN = 1 << BIN_SHIFT;
const BINS_LENGTH = BINS * BIN;

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
  const { numbers, words } = state;
  single[0] = magnitude;
  const place = bits[0] ?? 0;
  numbers[TOTALS + feature] = (numbers[TOTALS + feature] ?? 0) + 1;
  return place !== 0 && countPlace(words, feature, place) === 1 ? tailSurprise(state, feature, place) : 0;
}

/** Counts a place that is not 0, except in the total; 1 where it lies beyond the screen of its sketch, else 0. */
function countPlace(words: Int32Array, feature: number, place: number): number {
  let base = words[BASES_WORD + feature] ?? 0;
  if (base === 0) {
    const first = (place >>> BIN_SHIFT) - BINS_BELOW_FIRST;
    base = (first < 1 ? 1 : first) << BIN_SHIFT;
    words[BASES_WORD + feature] = base;
  }
  const into = place - base;
  const bin = into < 0 ? 0 : into >= BINS_LENGTH ? BINS - 1 : into >>> BIN_SHIFT;
  // The first of a pair is its lower half.
  const pair = PAIRS_WORD + ((feature * BINS + bin) >>> 1);
  words[pair] = (words[pair] ?? 0) + (1 << ((bin & 1) << 4));
  // The sign of a difference needs no guess of which way a branch will go.
  return ((words[SCREENS_WORD + feature] ?? 0) - place) >>> 31;
}

/** The surprise of a place that has just been counted. */
function tailSurprise(state: SeriesState, feature: number, place: number): number {
  const { numbers, words } = state;
  const total = (numbers[TOTALS + feature] ?? 0) - 1;
  if (total < SAMPLES_MIN) return 0;
  const into = place - (words[BASES_WORD + feature] ?? 0);
  const bin = into < 0 ? 0 : into >= BINS_LENGTH ? BINS - 1 : into >>> BIN_SHIFT;
  const part = Math.min(1, Math.max(0, into / BIN - bin));
  const first = PAIRS_WORD + ((feature * BINS) >>> 1);
  const pair = first + (bin >>> 1);
  // The first of a pair is its lower half.
  const both = words[pair] ?? 0;
  const isUpper = bin & 1;
  // All counts together stay below 2^16, so that pairs may be added as they are.
  let pairs = (both >>> 16) & (isUpper - 1);
  for (let next = pair + 1; next < first + BINS / 2; next++) pairs = (pairs + (words[next] ?? 0)) | 0;
  const more = (pairs & 0xffff) + (pairs >>> 16);
  // What was counted just now does not count for itself.
  const above = (((both >>> (isUpper << 4)) & 0xffff) - 1) * (1 - part) + more;
  const share = above / (total + 1);
  if (share > SPEAKING_SHARE) return 0;
  return above > 0.5 ? -Math.log10(share) : surpriseBeyond(state.tails, { start: feature * BINS, bin, part, total });
}

/** What the sketches of a series have to say to one sample. Reused between samples: no allocation. */
export interface Heard {
  /** A bit for each feature that is known, that is no NaN, and for each that is large enough to be spoken to. */
  known: number;
  large: number;
  /** Decades of surprise of each that is large. */
  readonly surprises: number[];
}

/** A holder for `hearFeatures`. */
export const createHeard = (): Heard => ({ known: 0, large: 0, surprises: FEATURES.map(() => Number.NaN) });

/**
 * Counts the sizes of all features, and finds what their sketches have to say to them.
 *
 * @param measured sizes are signed; NaN where a feature is not known, and as good as 0 where not above the grain, which is in
 *   the unit of the values and is not asked of ratios
 */
export function hearFeatures(
  state: SeriesState,
  { values, grain }: { readonly values: readonly number[]; readonly grain: number },
  heard: Heard,
): void {
  const { surprises } = heard;
  const { numbers, words } = state;
  let known = 0;
  for (let i = 0; i < FEATURE_COUNT; i++) {
    const size = Math.abs(values[i] ?? Number.NaN);
    known |= (Number(!Number.isNaN(size)) | 0) << i;
    sizes[i] = size > grain || ((RATIOS >>> i) & 1) === 1 ? size : 0;
  }
  let large = 0;
  for (let i = 0; i < FEATURE_COUNT; i++) {
    if (((known >>> i) & 1) === 0) continue;
    numbers[TOTALS + i] = (numbers[TOTALS + i] ?? 0) + 1;
    const place = places[i] ?? 0;
    if (place !== 0) large |= countPlace(words, i, place) << i;
  }
  for (let rest = large; rest !== 0; rest &= rest - 1) {
    const i = 31 - Math.clz32(rest & -rest);
    surprises[i] = tailSurprise(state, i, places[i] ?? 0);
  }
  heard.known = known;
  heard.large = large;
}

/** A magnitude beyond all that were counted: its bin, how far into it, and the count before it. */
interface Beyond {
  readonly start: number;
  readonly bin: number;
  readonly part: number;
  readonly total: number;
}

/** The surprise beyond the largest magnitude counted: the counts' own tail, continued. */
function surpriseBeyond(tails: Uint16Array, { start, bin, part, total }: Beyond): number {
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
  const start = feature * BINS;
  const before = totals[feature] ?? 0;
  let zeros = before;
  let total = 0;
  for (let i = start; i < start + BINS; i++) {
    const count = tails[i] ?? 0;
    zeros -= count;
    const halved = (count + 1) >> 1;
    tails[i] = halved;
    total += halved;
  }
  totals[feature] = Math.min(before - 1, total + Math.max(0, Math.floor(zeros / 2)));
}

/** Puts the counts of some pairs of bins into the first bin behind them; nothing where there are none. */
function gatherBelow({ tails, tailPairs }: SeriesState, start: number, pairCount: number): void {
  let gathered = 0;
  for (let pair = start; pair < start + pairCount; pair++) {
    const counts = tailPairs[pair] ?? 0;
    if (counts === 0) continue;
    gathered += (counts & 0xffff) + (counts >>> 16);
    tailPairs[pair] = 0;
  }
  const first = 2 * (start + pairCount);
  if (gathered > 0) tails[first] = (tails[first] ?? 0) + gathered;
}

/**
 * Finds anew from which place on a sketch speaks, moves its bins along with the quantity and lets old counts fade. To be
 * called every few dozen samples.
 *
 * @param memorySamples counts are halved when there are so many; at most 60,000
 */
export function refreshSketch(state: SeriesState, feature: number, memorySamples: number): void {
  const { totals, bases, screens, tails, tailPairs } = state;
  if ((totals[feature] ?? 0) >= memorySamples) halve(state, feature);
  const start = feature * BINS;
  const wanted = SPEAKING_SHARE * (totals[feature] ?? 0);
  let above = 0;
  let bin = BINS - 1;
  for (; bin > 1; bin -= 2) {
    const counts = tailPairs[(start + bin) >>> 1] ?? 0;
    const both = (counts & 0xffff) + (counts >>> 16);
    if (above + both >= wanted) break;
    above += both;
  }
  for (; bin > 0; bin--) {
    const count = tails[start + bin] ?? 0;
    if (above + count >= wanted) break;
    above += count;
  }
  const base = bases[feature] ?? 0;
  screens[feature] = base + bin * BIN;
  gatherBelow(state, start >>> 1, (bin - DETAILED_BINS) >> 1);
  if (base === 0) return;
  if (bin >= HIGH_BIN) {
    let below = 0;
    for (let i = 0; i < MOVED_BINS; i++) below += tails[start + i] ?? 0;
    tails.copyWithin(start, start + MOVED_BINS, start + BINS);
    tails.fill(0, start + BINS - MOVED_BINS, start + BINS);
    tails[start] = Math.min(65_535, (tails[start] ?? 0) + below);
    bases[feature] = base + MOVED_BINS * BIN;
  } else if (bin === 0 && (tails[start] ?? 0) >= wanted && (totals[feature] ?? 0) > RESTART_SAMPLES_MIN) {
    // The quantity has become smaller than all that the bins tell apart: what they know is of another time.
    tails.fill(0, start, start + BINS);
    totals[feature] = 0;
    bases[feature] = 0;
    screens[feature] = 0;
  }
}
