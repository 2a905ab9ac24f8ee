import { setTimeout as wait } from 'node:timers/promises';
import type { EventLog, PartitionLag } from '@heliosiq/ports';

const cacheMs = 5_000;
const waitMsMax = 2_000;
const partitionsMax = 2_000;

/** Lag as last known, and how old that is; `ageMs` is undefined before the first answer. */
export interface LagReading {
  readonly partitions: readonly PartitionLag[];
  readonly ageMs: number | undefined;
}

/**
 * Reads the lag at most once in five seconds however often metrics are asked for, waits two seconds at most, and gives
 * the last known one when the log fails or is slow: a scrape must not hang or fail because of it.
 */
export function createLagReader(log: Pick<EventLog, 'lag'>, now: () => number): { read(): Promise<LagReading> } {
  let partitions: readonly PartitionLag[] = [];
  let readAt: number | undefined;
  let askedAt = -Infinity;
  let pending: Promise<void> | undefined;

  async function ask(): Promise<void> {
    try {
      partitions = (await log.lag()).slice(0, partitionsMax);
      readAt = now();
    } catch {
      // The age of the reading tells of the failure.
    } finally {
      pending = undefined;
    }
  }

  return {
    async read() {
      if (pending === undefined && now() - askedAt >= cacheMs) {
        askedAt = now();
        pending = ask();
      }
      if (pending !== undefined) {
        const stop = new AbortController();
        await Promise.race([pending, wait(waitMsMax, undefined, { signal: stop.signal }).catch(() => undefined)]);
        stop.abort();
      }
      return { partitions, ageMs: readAt === undefined ? undefined : Math.max(0, now() - readAt) };
    },
  };
}
