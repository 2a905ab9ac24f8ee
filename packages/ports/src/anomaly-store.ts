import type { Anomaly, AnomalyId, TenantId } from '@heliosiq/model';
import type { TimeRange } from './series-store.ts';

export interface AnomalyFilter {
  readonly ids?: readonly AnomalyId[];
  readonly seriesIds?: readonly string[];
  readonly assets?: readonly string[];
  readonly status?: Anomaly['status'];
  /** Anomalies that last into this range. */
  readonly range?: TimeRange;
}

/** Anomalies by id; a write by `put` with a revision not above the stored one changes nothing. */
export interface AnomalyStore {
  put(tenantId: TenantId, anomalies: readonly Anomaly[]): Promise<void>;
  /** Writes anomalies that were found again over stored ones of the same or a lower revision, whatever those hold; all or none. */
  restore(tenantId: TenantId, anomalies: readonly Anomaly[]): Promise<void>;
  /** Newest start first, at most `limit` (1 to 1,000). */
  find(tenantId: TenantId, filter: AnomalyFilter, options: { readonly limit: number }): Promise<readonly Anomaly[]>;
}
