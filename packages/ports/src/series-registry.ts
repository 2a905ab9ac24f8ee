import type { SeriesRef, TenantId } from '@heliosiq/model';

/**
 * Gives every series a short number, by which its samples travel the log.
 *
 * Promises:
 * - When `register` resolves, the series and their numbers are durable; the same series has the same number for ever,
 *   whoever asks, however many ask at once.
 * - Numbers are positive whole numbers below 2^53, of one tenant each, roughly in the order of first registration.
 * - A unit given later is taken over; a series without one keeps what it had.
 */
export interface SeriesRegistry {
  /**
   * The numbers of the series, in their order. Unknown ones are added, at most `newMax` of them in their order (all when
   * absent); the number of those beyond is 0.
   */
  register(
    tenantId: TenantId,
    series: readonly SeriesRef[],
    options?: { readonly newMax?: number },
  ): Promise<readonly number[]>;
  /** The series of numbers; those of other tenants or of no series are absent. */
  describe(tenantId: TenantId, refs: Iterable<number>): Promise<ReadonlyMap<number, SeriesRef>>;
  /** How many series a tenant has. */
  count(tenantId: TenantId): Promise<number>;
}
