/** Gives messages that name no moment one of their own. */
export interface MessageClock {
  /**
   * A moment for the next message of a place: now, or the millisecond after the one given last, be it here or, as `latestBefore`
   * says, by an earlier run of the program.
   */
  next(place: string, now: number, latestBefore?: number): number;
}

const placesMax = 100_000;

/**
 * Two samples of one series in one millisecond would be one sample. A device that sends faster than a thousand messages a second
 * moves ahead of the clock, for `leadMaxMs` at most; beyond that moments are given twice.
 */
export function createMessageClock(leadMaxMs = 60_000): MessageClock {
  const last = new Map<string, number>();
  return {
    next(place, now, latestBefore = 0) {
      const before = Math.max(last.get(place) ?? 0, latestBefore);
      const moment = before < now ? now : Math.min(before + 1, now + leadMaxMs);
      if (last.size >= placesMax && !last.has(place)) forgetPast(last, now);
      last.set(place, moment);
      return moment;
    },
  };
}

/** What lies in the past needs no memory: the next moment is now anyway. */
function forgetPast(last: Map<string, number>, now: number): void {
  for (const [place, moment] of last) if (moment < now) last.delete(place);
  if (last.size >= placesMax) last.clear();
}
