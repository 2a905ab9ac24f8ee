import type { TenantId, Tuning } from '@heliosiq/model';

/** Tunings that a tenant may have at most. */
export const tuningsMax = 5000;

/**
 * What people told detection, by id.
 *
 * Promises:
 * - When `put` resolves, the tuning is durable; one of the same id is replaced.
 * - `put` of one more than `tuningsMax` rejects with `conflict`.
 */
export interface TuningStore {
  put(tenantId: TenantId, tuning: Tuning): Promise<void>;
  /** True when there was one. */
  remove(tenantId: TenantId, id: string): Promise<boolean>;
  /** All of a tenant, the newest first. */
  list(tenantId: TenantId): Promise<readonly Tuning[]>;
}
