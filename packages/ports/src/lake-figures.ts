import type { DiscreteSignal, TenantId } from '@heliosiq/model';

/** What a lake keeps, by its nature. */
export type KeptKind = 'sample' | 'rollup' | DiscreteSignal['kind'];

/** How much of one kind a tenant has. Times are milliseconds since the epoch. */
export interface KeptSize {
  readonly kind: KeptKind;
  /** Rows of signals; absent where the store does not count what it keeps, as with samples. */
  readonly items?: number;
  /**
   * Bytes on disk with indexes and the store's own bookkeeping. Where tenants share tables it is the tenant's share by its
   * data; freed room inside the tables counts.
   */
  readonly bytes: number;
  /** True when the figures were drawn from a part of the rows. */
  readonly isEstimate: boolean;
  readonly oldestAt?: number;
  readonly newestAt?: number;
}

/** How much room the lake's stores take. */
export interface LakeFigures {
  /** One entry a kind, those without anything left out; rejects with `timeout` where counting takes too long. */
  sizes(tenantId: TenantId): Promise<readonly KeptSize[]>;
}
