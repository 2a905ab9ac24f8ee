import type { SeriesId, TenantId } from '@heliosiq/model';

/** A stretch of time in which samples of some series were written. */
export interface ChangedStretch {
  /** Inclusive, milliseconds since the epoch. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly series: readonly SeriesId[];
  /** The store's own mark of this stretch as it was read. */
  readonly mark: string;
}

/**
 * What was written to a series store, for whoever derives something from it (rollups, features, facts).
 *
 * Promises:
 * - Every sample that `append` made durable lies in a stretch until that stretch is settled.
 * - A stretch in which something was written after it was read stays, whoever settles it.
 */
export interface SeriesChanges {
  /**
   * Stretches that nobody settled, those that were written to longest ago first, at most `limit`. `until`: only
   * stretches that were last written to before this moment, so that a stretch that still fills is not worked on again and again.
   */
  changed(
    tenantId: TenantId,
    options: { readonly limit: number; readonly until: number },
  ): Promise<readonly ChangedStretch[]>;
  settle(tenantId: TenantId, stretches: readonly ChangedStretch[]): Promise<void>;
}
