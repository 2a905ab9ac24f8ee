import type { TenantId } from '@heliosiq/model';

export interface StateEntry {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** Small binary states of a stage, such as detector models, by scope and key. The last write wins. */
export interface StateStore {
  /** Writes all entries in one transaction. */
  put(tenantId: TenantId, scope: string, entries: readonly StateEntry[]): Promise<void>;
  /** The entries that exist among the keys (at most 10,000). */
  get(tenantId: TenantId, scope: string, keys: readonly string[]): Promise<readonly StateEntry[]>;
}
