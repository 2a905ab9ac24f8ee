import { SCALAR } from './series-state.ts';

/** From so many reaches of the body on a sample is outlying: well outside of what is usual, and less than half of a large departure. */
export const OUTLYING_REACHES = 4;

/** Outlying samples that are fewer than so many samples apart are one spell. */
const APART_SAMPLES = 8;

/** Spells fade over so many samples, or over two weeks where these are fewer. */
const FADE_SAMPLES = 4032;
const FADE_MS = 14 * 86_400_000;

/**
 * What a young series has had is taken for what it will go on to have, as if it had been watched for this part of that time before;
 * for a larger part where the question is how sure that is.
 */
const WATCHED_BEFORE = 0.1;
const WATCHED_BEFORE_DOUBT = 0.3;

/** A series begins as if it had had so many spells, whose peaks lie so far above the least in the mean, in natural logarithms. */
const ASSUMED_SPELLS = 5;
const ASSUMED_HEIGHT = 0.7;

/** The tail of the heights falls off over so much at least. */
const SCALE_MIN = 0.05;

/** Reaches beyond this tell nothing more of the tail: a body may be as narrow as rounding. */
const REACHES_MAX = 1000;

/** A series with so many spells is restless beyond doubt; one with fewer by this power of the share that it has of them. */
const RESTLESS_SPELLS = 26;
const DOUBT_POWER = 3;

/** It takes more spells, by this power, where two weeks have fewer samples: what lies far off for hours is seldom noise. */
const STEP_POWER = 0.3;

/** Spells as high as the present sample that are to be expected are free up to this; each tenfold costs this many decades of lead. */
const FREE_RETURNS = 0.6;
const COST_OF_RETURNS = 8;

/** What is this many times as high as the highest spell is no part of them, whatever their tail says. */
const BEYOND_ALL = 2.5;

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
  const fade = fadeSamples(scalars);
  if (spells === 0) scalars[SCALAR.outlyingHeight] = Math.fround(ASSUMED_HEIGHT);
  else learnHeight(scalars, heightOf(peak), { share: 1 / (ASSUMED_SPELLS + spells), faded: since / fade });
  scalars[SCALAR.outlyingSpells] = Math.fround(1 + spells * Math.exp(-since / fade));
  scalars[SCALAR.outlyingPeak] = Math.fround(reaches);
}

/**
 * Moves the mean of the heights a share of the way to one of them, and keeps the highest, which comes down by as much as the highest
 * of fewer spells would be lower: a mean height for each time over which they fade.
 */
function learnHeight(
  scalars: Float64Array,
  height: number,
  by: { readonly share: number; readonly faded: number },
): void {
  const mean = scalars[SCALAR.outlyingHeight] ?? 0;
  const highest = (scalars[SCALAR.outlyingHighest] ?? 0) - by.faded * Math.max(SCALE_MIN, mean);
  scalars[SCALAR.outlyingHeight] = Math.fround(mean + by.share * (height - mean));
  scalars[SCALAR.outlyingHighest] = Math.fround(Math.max(height, highest));
}

/**
 * Tells how much of its lead an alarm loses because the series is restless. Noise whose tail is heavy has dozens of outlying spells
 * in some 4,000 samples, whether its samples depend on each other or not: what lies twice as far is several times as
 * rare, so that each large departure comes with many smaller ones. Trouble leaves a gap between itself and what is usual.
 *
 * A restless series still tells what is too rare to be a part of that: the logarithms of the heights of its spells have an
 * exponential tail (Hill, 1975), and one as high as the sample is to come less than once in the time over which spells fade.
 * It tells as well what lies far beyond the highest of them, because the mean of heights that are all alike says nothing of a tail.
 *
 * The less sure it is that a series is restless, the more may come back: a dozen spells of many heights cost nothing,
 * and one more of a dozen and a half that were as high does.
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
  const watched = 1 - Math.exp(-count / fade);
  const spells = before / Math.min(1, watched + WATCHED_BEFORE);
  const restless = RESTLESS_SPELLS * (FADE_SAMPLES / fade) ** STEP_POWER * Math.min(1, watched + WATCHED_BEFORE_DOUBT);
  const certainty = Math.min(1, before / restless) ** DOUBT_POWER;
  if (spells * certainty <= FREE_RETURNS) return 0;
  const height = Math.max(0, heightOf(reaches));
  if (height > (scalars[SCALAR.outlyingHighest] ?? 0) + Math.log(BEYOND_ALL)) return 0;
  const returns = spells * Math.exp(-height / Math.max(SCALE_MIN, scalars[SCALAR.outlyingHeight] ?? 0));
  return COST_OF_RETURNS * Math.log10(Math.max(1, (returns * certainty) / FREE_RETURNS));
}
