import { SCALAR } from './series-state.ts';

/** From so many decades on a sample is near an alarm, which takes 3.2 at the shipped threshold. */
export const NEAR_DECADES = 2.4;

/** Samples near an alarm that are fewer than so many samples apart are one spell. */
const APART_SAMPLES = 8;

/** Spells fade over two weeks: what people bear is counted by the calendar, whatever the step of the series. */
const FADE_MS = 14 * 86_400_000;

/** So many spells in the last two weeks are free; each tenfold of those beyond takes off this many decades of alarm. */
const FREE_SPELLS = 18;
const COST = 0.7;

/**
 * Counts a sample that is near an alarm, and tells how much less of one it is because the series comes near alarms all the
 * time. Trouble stands apart from what a series does otherwise; where noise comes in spells of its own, as heavy tails with a
 * memory do, there are many spells just below an alarm for each one that reaches it.
 *
 * @param at the sample's moment in milliseconds, and how many samples there were before it
 * @returns decades to take off its alarm, at least 0
 */
export function nearAlarmCost(scalars: Float64Array, at: { readonly ms: number; readonly count: number }): number {
  let spells = scalars[SCALAR.nearSpells] ?? 0;
  if (spells === 0 || at.count - (scalars[SCALAR.nearCount] ?? 0) >= APART_SAMPLES) {
    spells = 1 + spells * Math.exp(((scalars[SCALAR.nearAt] ?? 0) - at.ms) / FADE_MS);
    scalars[SCALAR.nearSpells] = Math.fround(spells);
    scalars[SCALAR.nearAt] = at.ms;
  }
  scalars[SCALAR.nearCount] = at.count;
  return COST * Math.log10(1 + Math.max(0, spells - 1 - FREE_SPELLS));
}
