import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@heliosiq/api';

const pollMs = 100;

/** How long the records of the log waited for a stage, in milliseconds. */
export interface LagFigures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The stage that was furthest behind. */
  readonly group: string;
}

/**
 * Watches by the API how far every stage is behind, in time: at each look, how long ago the oldest end of a partition was seen
 * that the stage has not passed. Bronze, which waits on purpose, and readers of live streams do not count.
 */
export function watchLag(client: Client): { end(): Promise<LagFigures> } {
  const stop = new AbortController();
  /** Of each partition: ends of the log, oldest first, that some stage has not passed, with the moment each was seen. */
  const ends = new Map<string, { readonly offset: number; readonly atMs: number }[]>();
  const waits: { readonly ms: number; readonly group: string }[] = [];

  async function look(): Promise<void> {
    const { lag } = await client.call('readLag');
    const now = performance.now();
    const slowest = new Map<string, number>();
    let furthest = { ms: 0, group: '' };
    for (const { group, topic, partition, committedOffset, endOffset } of lag) {
      if (group === 'bronze' || group.startsWith('live-')) continue;
      const key = `${topic} ${partition}`;
      const known = ends.get(key) ?? [];
      ends.set(key, known);
      if (endOffset > (known.at(-1)?.offset ?? 0)) known.push({ offset: endOffset, atMs: now });
      slowest.set(key, Math.min(committedOffset, slowest.get(key) ?? committedOffset));
      const waiting = known.find(({ offset }) => offset > committedOffset);
      if (waiting !== undefined && now - waiting.atMs > furthest.ms) furthest = { ms: now - waiting.atMs, group };
    }
    for (const [key, offset] of slowest) {
      const known = ends.get(key) ?? [];
      while ((known[0]?.offset ?? Number.POSITIVE_INFINITY) <= offset && known.length > 1) known.shift();
    }
    waits.push(furthest);
  }

  const looking = (async () => {
    while (!stop.signal.aborted) {
      await look();
      await wait(pollMs);
    }
  })();
  return {
    async end() {
      stop.abort();
      await looking;
      const sorted = waits.toSorted((a, b) => a.ms - b.ms);
      const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))]?.ms ?? 0);
      return { p50: at(0.5), p99: at(0.99), max: at(1), group: sorted.at(-1)?.group ?? '' };
    },
  };
}
