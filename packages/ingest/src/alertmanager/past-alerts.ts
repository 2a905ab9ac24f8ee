import type { Alert } from '@heliosiq/model';
import { createNumberRows } from '@heliosiq/ports';
import type { AlertSource, Episode } from './alert-episode.ts';

/** An alert that is over: what it takes to recognise re-sends and a recurrence. */
export interface PastAlert {
  /** One that does not fire. */
  readonly episode: Episode;
  /** The record of its end while it may not be stored, with those before it; undefined when that is not known any more. */
  readonly unstored: readonly Alert[] | undefined;
}

/**
 * The alerts of a tenant that are over, by fingerprint, in the order in which they were first set. They are many and seldom asked
 * for: their moments lie in rows of numbers, and what is answered is made for who asks.
 */
export interface PastAlerts {
  readonly size: number;
  get(fingerprint: string): PastAlert | undefined;
  set(fingerprint: string, alert: PastAlert): void;
  delete(fingerprint: string): void;
  keys(): IterableIterator<string>;
}

/** Columns of a row. */
const startsAt = 0;
const endedAt = 1;
const endedBefore = 2;
const startedAt = 3;
const at = 4;
const heardAt = 5;
/** 0 when it is not known whether its records are stored, as after a restart. */
const isKnown = 6;
const width = 7;

/** Shared by the thousands that are stored. */
const allStored: readonly Alert[] = [];

export function createPastAlerts(sharedSource: (source: AlertSource) => AlertSource): PastAlerts {
  const rowOf = new Map<string, number>();
  const moments = createNumberRows(width);
  /** By row. */
  const sources: (AlertSource | undefined)[] = [];
  /** Of the few that may have some. */
  const unstoredOf = new Map<string, readonly Alert[]>();

  function remove(fingerprint: string): void {
    const row = rowOf.get(fingerprint);
    if (row === undefined) return;
    moments.remove(row);
    sources[row] = undefined;
    unstoredOf.delete(fingerprint);
  }

  return {
    get size() {
      return rowOf.size;
    },
    get(fingerprint) {
      const row = rowOf.get(fingerprint);
      if (row === undefined) return undefined;
      const episode: Episode = {
        isFiring: false,
        startsAt: moments.get(row, startsAt),
        endedAt: moments.get(row, endedAt),
        endedBefore: moments.get(row, endedBefore),
        startedAt: moments.get(row, startedAt),
        at: moments.get(row, at),
        source: sources[row],
        heardAt: moments.get(row, heardAt),
      };
      const stored = moments.get(row, isKnown) === 1 ? allStored : undefined;
      return { episode, unstored: unstoredOf.get(fingerprint) ?? stored };
    },
    set(fingerprint, { episode, unstored }) {
      remove(fingerprint);
      const { source } = episode;
      const known = unstored === undefined ? 0 : 1;
      const row = moments.add([
        ...[episode.startsAt, episode.endedAt, episode.endedBefore],
        ...[episode.startedAt, episode.at, episode.heardAt, known],
      ]);
      rowOf.set(fingerprint, row);
      sources[row] = source === undefined ? undefined : sharedSource(source);
      if (unstored !== undefined && unstored.length > 0) unstoredOf.set(fingerprint, unstored);
    },
    delete(fingerprint) {
      remove(fingerprint);
      rowOf.delete(fingerprint);
    },
    keys: () => rowOf.keys(),
  };
}
