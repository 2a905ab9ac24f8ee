import { EPISODES_KEPT } from './series-state.ts';

/** From so many reaches of the body on a sample is large: part of an episode that may come again. */
export const LARGE_REACHES = 8;

/** Large samples that are fewer than so many samples apart are one episode. */
const APART_SAMPLES = 8;

/** Episodes that begin within so long of each other are one trouble that goes on: each counts by its part of that time. */
const SEPARATE_MS = 12 * 3_600_000;

/** Earlier ones count for two weeks, or for so many samples where these are fewer. */
const SPAN_MS = 14 * 86_400_000;
const SPAN_SAMPLES = 4032;

/** Heights are alike within about this, in natural logarithms; those from a part of the height on are compared with it. */
const ALIKE_WIDTH = 0.25;
const COMPARABLE_PART = 0.4;

/** An episode may turn out to be like an earlier one while it is so many times as high, and lasts for no longer than this. */
const HIGHER_MAX = 1.35;
const LOWER_MIN = 0.6;
const LONGER_MAX = 2;
const LONGER_SAMPLES = 8;

/** So many earlier ones are free; each one beyond takes off this many decades of lead. */
const FREE_EPISODES = 1.5;
const COST_OF_EPISODE = 3;

/** It takes more of them, by this power, where the step is longer than five minutes: what lies far off for hours is seldom noise. */
const STEP_POWER = 0.3;
const REFERENCE_STEP_MS = 300_000;

/** Heights are kept as whole numbers, a twentieth in natural logarithms apart, from this on. */
const HEIGHTS_PER_UNIT = 20;
const HEIGHT_MIN = Math.exp(-70);
const HEIGHT_MAX = Math.exp(75);

/** Where the numbers lie: the last large sample, by the count, and of each episode, the newest first, its first sample, its length and its height. */
const AT = {
  last: 0,
  begun: 1,
  samples: 1 + EPISODES_KEPT,
  height: 1 + 2 * EPISODES_KEPT,
  /** Of the newest: the alarm that was withheld from it so far, and where the series was expected when it began. */
  withheld: 1 + 3 * EPISODES_KEPT,
  expected: 2 + 3 * EPISODES_KEPT,
} as const;

/** A sample beside what was expected of it, relative to the origin of the series. */
export interface SampleOfEpisode {
  /** Samples of the series before it. */
  readonly count: number;
  readonly value: number;
  readonly expected: number;
}

/** A height with its sign as a whole number with that sign, which is never 0. */
function codeOfHeight(height: number): number {
  const size = Math.max(HEIGHT_MIN, Math.min(HEIGHT_MAX, Math.abs(height)));
  const code = 1 + Math.round(HEIGHTS_PER_UNIT * Math.log(size / HEIGHT_MIN));
  return height < 0 ? -code : code;
}

/** The height of such a number; 0 of none. */
const heightOfCode = (code: number): number =>
  Math.sign(code) * HEIGHT_MIN * Math.exp((Math.abs(code) - 1) / HEIGHTS_PER_UNIT);

const goesOn = (episodes: Float64Array, count: number): boolean =>
  (episodes[AT.height] ?? 0) !== 0 && count - (episodes[AT.last] ?? 0) < APART_SAMPLES;

/** Learns from a large sample: begins an episode, the oldest being forgotten, or goes on with the newest. */
export function learnEpisode(episodes: Float64Array, { count, value, expected }: SampleOfEpisode): void {
  if (goesOn(episodes, count)) {
    const code = codeOfHeight(value - (episodes[AT.expected] ?? 0));
    if (Math.abs(code) > Math.abs(episodes[AT.height] ?? 0)) episodes[AT.height] = code;
  } else {
    // Moves all three rows by one; what falls over from one to the next is written over.
    episodes.copyWithin(AT.begun + 1, AT.begun, AT.withheld - 1);
    episodes[AT.begun] = count;
    episodes[AT.height] = codeOfHeight(value - expected);
    episodes[AT.withheld] = 0;
    episodes[AT.expected] = Math.fround(expected);
  }
  episodes[AT.samples] = count - (episodes[AT.begun] ?? 0);
  episodes[AT.last] = count;
}

/**
 * Tells how much of its lead an alarm loses because its like has come several times before, and each time went away by itself: a
 * job that runs at random times, a state that comes on now and then. The first ones are told, and so is what is higher or lasts for
 * longer. Troubles are of all heights, so that no one is like most of the others; what comes again within the hours is one trouble.
 *
 * @param episodes the sample's own among them, if it is large
 * @param stepMs mean time between samples
 * @returns decades, at least 0
 */
export function recurrenceCost(episodes: Float64Array, sample: SampleOfEpisode, stepMs: number): number {
  const own = ownEpisode(episodes, sample);
  let most = 0;
  for (let i = own.earlierFrom; i < EPISODES_KEPT; i++) {
    const height = heightOfCode(episodes[AT.height + i] ?? 0);
    if (own.height * height <= 0) continue;
    const times = own.height / height;
    if (times >= LOWER_MIN && times <= HIGHER_MAX)
      most = Math.max(most, countAlike(episodes, { ...own, height }, stepMs));
  }
  const free = FREE_EPISODES * Math.max(1, stepMs / REFERENCE_STEP_MS) ** STEP_POWER;
  return COST_OF_EPISODE * Math.max(0, most - free);
}

/**
 * The alarm of a sample that is known, or not. What a known episode would have been told with is kept, and is told once it is known
 * no more: when it has lasted for longer, or risen higher, than earlier ones did.
 *
 * @param alarm without regard to earlier episodes, and what they leave of it; undefined where they take nothing off
 */
export function withholdKnown(episodes: Float64Array, count: number, alarm: { all: number; left?: number }): number {
  const { all, left } = alarm;
  if (!goesOn(episodes, count)) return left ?? all;
  const withheld = episodes[AT.withheld] ?? 0;
  // Hundredths are whole numbers, which take less room at rest.
  episodes[AT.withheld] = left === undefined ? 0 : Math.max(withheld, Math.floor(100 * all));
  return left ?? Math.max(all, withheld / 100);
}

/** An episode that earlier ones, from an index on, are compared with. */
interface Compared {
  readonly earlierFrom: number;
  readonly begun: number;
  readonly samples: number;
  readonly height: number;
}

/** The episode of a sample so far, which may be but that sample. */
function ownEpisode(episodes: Float64Array, { count, value, expected }: SampleOfEpisode): Compared {
  if (!goesOn(episodes, count)) return { earlierFrom: 0, begun: count, samples: 0, height: value - expected };
  const peak = heightOfCode(episodes[AT.height] ?? 0);
  const height = value - (episodes[AT.expected] ?? 0);
  return {
    earlierFrom: 1,
    begun: episodes[AT.begun] ?? 0,
    samples: episodes[AT.samples] ?? 0,
    height: Math.abs(height) > Math.abs(peak) ? height : peak,
  };
}

/** How many earlier episodes were of a height: times the part that they are of all that were about as high or higher. */
function countAlike(episodes: Float64Array, to: Compared, stepMs: number): number {
  const spanSamples = Math.min(SPAN_SAMPLES, SPAN_MS / stepMs);
  let alike = 0;
  let comparable = 0;
  let next = to.begun;
  for (let i = to.earlierFrom; i < EPISODES_KEPT; i++) {
    const times = heightOfCode(episodes[AT.height + i] ?? 0) / to.height;
    const samplesMax = LONGER_MAX * (episodes[AT.samples + i] ?? 0) + LONGER_SAMPLES;
    if (times <= 0 || to.samples > samplesMax) continue;
    const begun = episodes[AT.begun + i] ?? 0;
    const apart = Math.min(1, ((next - begun) * stepMs) / SEPARATE_MS);
    next = begun;
    if (times >= COMPARABLE_PART) comparable += 1;
    if (to.begun - begun < spanSamples) alike += apart * Math.exp(-((Math.log(times) / ALIKE_WIDTH) ** 2));
  }
  return comparable === 0 ? 0 : alike * Math.min(1, alike / comparable);
}
