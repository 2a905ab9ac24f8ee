import { setTimeout as pause } from 'node:timers/promises';
import type { EventLog, Pacer } from '@heliosiq/ports';

/** Lets live traffic go first. */
export interface LiveFirst {
  /** To be awaited between steps of a few milliseconds at most. */
  giveWay(): Promise<void>;
}

/** The stages of live traffic. */
const liveGroups = new Set(['lake', 'detect', 'incident']);

/** Records behind at which live traffic is said to be late: a part of a second of heavy traffic. */
const lateRecords = 500;

const lookEveryMs = 500;
const restMs = 250;

/** It rests no longer than this at a time, so that it ends some day on a machine that is always late. */
const restMsMax = 5000;

/** Share of the time that is worked at most: what is left belongs to whoever wants it. */
const dutyShare = 0.6;

/** Works in the slices of the stages, part of the time, and rests while live stages are behind. */
export function createLiveFirst({
  log,
  pacer,
  signal,
}: {
  readonly log: EventLog;
  readonly pacer: Pacer;
  readonly signal: AbortSignal;
}): LiveFirst {
  let lookedAt = -Infinity;
  let workedSince = performance.now();

  async function isLate(): Promise<boolean> {
    const lag = await log.lag();
    return lag.some(({ group, lagRecords }) => liveGroups.has(group) && lagRecords > lateRecords);
  }

  return {
    async giveWay() {
      signal.throwIfAborted();
      await pacer.giveWay();
      const now = performance.now();
      if (now - workedSince > 50) {
        await pause(((now - workedSince) * (1 - dutyShare)) / dutyShare, undefined, { signal });
        workedSince = performance.now();
      }
      if (now - lookedAt < lookEveryMs) return;
      const until = now + restMsMax;
      while (performance.now() < until && (await isLate())) await pause(restMs, undefined, { signal });
      lookedAt = performance.now();
      workedSince = lookedAt;
    },
  };
}
