import { SCALAR } from './series-state.ts';

/** From so many reaches of the body on a sample is outlying: well outside of what is usual, and less than half of a large departure. */
export const OUTLYING_REACHES = 4;

/** Outlying samples that are fewer than so many samples apart are one spell. */
const APART_SAMPLES = 8;

/** Spells fade over so many samples, or over two weeks where these are fewer. */
const FADE_SAMPLES = 4032;
const FADE_MS = 14 * 86_400_000;

/** What a young series has had is taken for what it will go on to have, as if it had been watched for this part of that time before. */
const WATCHED_BEFORE = 0.1;

/** A series begins as if it had had so many spells, whose peaks lie so far above the least in the mean, in natural logarithms. */
const ASSUMED_SPELLS = 5;
const ASSUMED_HEIGHT = 0.7;
const HEIGHT_MIN = 0.05;

/** Reaches beyond this tell nothing more of the tail: a body may be as narrow as rounding. */
const REACHES_MAX = 1000;

/** So many spells are free; each further one costs this many decades of lead. */
const FREE_SPELLS = 18;
const COST_OF_SPELL = 0.06;

/** Spells as high as the present sample that are to be expected are free up to this; each tenfold costs this many decades of lead. */
const FREE_RETURNS = 0.7;
const COST_OF_RETURNS = 6;

function fadeSamples(scalars: Float64Array): number {
  const stepMs = scalars[SCALAR.stepMs] ?? 0;
  return stepMs * FADE_SAMPLES <= FADE_MS ? FADE_SAMPLES : FADE_MS / stepMs;
}

const heightOf = (reaches: number): number => Math.log(Math.min(reaches, REACHES_MAX) / OUTLYING_REACHES);

/**
 * Learns from an outlying sample: begins a spell, or goes on with one, which counts for how high it was when the next one begins.
 *
 * @param count samples of the series before it
 * @param reaches its distance from where the series usually lies, in reaches of its body
 */
export function learnOutlying(scalars: Float64Array, count: number, reaches: number): void {
  const spells = scalars[SCALAR.outlyingSpells] ?? 0;
  const peak = scalars[SCALAR.outlyingPeak] ?? 0;
  const since = count - (scalars[SCALAR.outlyingCount] ?? 0);
  scalars[SCALAR.outlyingCount] = count;
  if (spells > 0 && since < APART_SAMPLES) {
    if (reaches > peak) scalars[SCALAR.outlyingPeak] = Math.fround(reaches);
    return;
  }
  const height = spells === 0 ? ASSUMED_HEIGHT : (scalars[SCALAR.outlyingHeight] ?? 0);
  const newest = spells === 0 ? 0 : (heightOf(peak) - height) / (ASSUMED_SPELLS + spells);
  scalars[SCALAR.outlyingHeight] = Math.fround(height + newest);
  scalars[SCALAR.outlyingSpells] = Math.fround(1 + spells * Math.exp(-since / fadeSamples(scalars)));
  scalars[SCALAR.outlyingPeak] = Math.fround(reaches);
}

/**
 * Tells how much of its lead an alarm loses because the series is restless. Noise whose tail is heavy has dozens of outlying spells
 * in some 4,000 samples, whether its samples depend on each other or not: what lies twice as far is several times as
 * rare, so that each large departure comes with many smaller ones. Trouble leaves a gap between itself and what is usual.
 *
 * A restless series still tells what is too rare to be a part of that: the heights of its spells are taken to have an exponential
 * tail in their logarithms, whose mean is their own (Hill, 1975), and one as high as the sample is to come less than
 * once in the time over which spells fade.
 *
 * @param count samples of the series before the one that is judged, which was learnt if it is outlying
 * @param reaches the distance of that sample
 * @returns decades, at least 0
 */
export function outlyingCost(scalars: Float64Array, count: number, reaches: number): number {
  const all = scalars[SCALAR.outlyingSpells] ?? 0;
  if (all === 0) return 0;
  const fade = fadeSamples(scalars);
  const since = count - (scalars[SCALAR.outlyingCount] ?? 0);
  const before = since < APART_SAMPLES ? all - 1 : all * Math.exp(-since / fade);
  const spells = before / Math.min(1, 1 - Math.exp(-count / fade) + WATCHED_BEFORE);
  if (spells <= FREE_SPELLS) return 0;
  const height = Math.max(HEIGHT_MIN, scalars[SCALAR.outlyingHeight] ?? 0);
  const returns = spells * Math.exp(-Math.max(0, heightOf(reaches)) / height);
  const cost = COST_OF_RETURNS * Math.log10(Math.max(1, returns / FREE_RETURNS));
  return Math.min(cost, COST_OF_SPELL * (spells - FREE_SPELLS));
}
