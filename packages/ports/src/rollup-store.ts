import type { SeriesId, TenantId } from '@heliosiq/model';
import type { Forgetful } from './retention.ts';
import type { TimeRange } from './series-store.ts';

/** Length of a bucket of a rollup. */
export type RollupResolution = 'minute' | 'hour' | 'day';

/** All buckets of one series within a page's stretch of time, in the form that the lake gives them. */
export interface RollupPage {
  readonly resolution: RollupResolution;
  readonly seriesId: SeriesId;
  /** Inclusive, milliseconds since the epoch. */
  readonly startAt: number;
  /** Exclusive. */
  readonly endAt: number;
  /** One bit a day from `startAt` on: whether the day was rolled up. At most 31 days. */
  readonly days: number;
  /** Samples that the page was made of. */
  readonly samples: number;
  readonly bytes: Uint8Array;
}

/** A page as it was read. */
export interface StoredRollupPage extends RollupPage {
  /** Grows with each write of the page, from 1. */
  readonly revision: number;
}

/** A page to be written. */
export interface RollupWrite extends RollupPage {
  /** The revision that it takes the place of; 0 where there is no such page yet. */
  readonly replaces: number;
}

/** Which pages; those that reach into the range. */
export interface RollupQuestion {
  readonly resolution: RollupResolution;
  /** At most 1,000. */
  readonly series: readonly SeriesId[];
  readonly range: TimeRange;
}

/**
 * Rollups of series (gold).
 *
 * Promises:
 * - A page is identified by tenant, resolution, series and start.
 * - `put` writes all pages or none, durably; none, and false, when one of them is not at the revision that its write names,
 *   so that two writers cannot undo each other's work.
 * - `read` returns the pages as they were put, by series and start.
 */
export interface RollupStore {
  put(tenantId: TenantId, pages: readonly RollupWrite[]): Promise<boolean>;
  read(
    tenantId: TenantId,
    question: RollupQuestion,
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly StoredRollupPage[]>;
  /** Forgets pages of a resolution that end at or before a moment. */
  forgetful(resolution: RollupResolution): Forgetful;
}
