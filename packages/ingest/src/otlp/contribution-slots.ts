import { createRecentMap } from './recent-map.ts';

const stepsMax = 1000;

/** Finds the moment at which a contribution to a series is stored. */
export interface ContributionSlots {
  /**
   * The first moment from `at` on that holds nothing else: the same content finds the moment it had before.
   *
   * @param content what tells the contribution from all others of the series
   */
  slotOf(series: string, at: number, content: string): number;
}

/**
 * A series has one value a moment, and two batches may end at the same one. What was lately stored where is remembered,
 * so that the second steps aside by a millisecond instead of taking the place of the first.
 */
export function createContributionSlots(slotsMax: number): ContributionSlots {
  const slots = createRecentMap<string>(slotsMax);
  return {
    slotOf(series, at, content) {
      for (let step = 0; step < stepsMax; step += 1) {
        const key = `${at + step} ${series}`;
        const held = slots.get(key);
        if (held === content) return at + step;
        if (held !== undefined) continue;
        slots.set(key, content);
        return at + step;
      }
      return at + stepsMax;
    },
  };
}
