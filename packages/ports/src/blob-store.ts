import type { TenantId } from '@heliosiq/model';

/**
 * Raw bytes by name (letters, digits, `.`, `_`, `-` in segments parted by `/`; at most 500 characters; no `..`).
 * A resolved `put` is durable, and a reader never sees half a blob. Other names reject with `invalid-request`.
 */
export interface BlobStore {
  put(tenantId: TenantId, name: string, bytes: Uint8Array): Promise<void>;
  get(tenantId: TenantId, name: string): Promise<Uint8Array | undefined>;
  /** Names under a prefix in ascending order, at most `limit` (1 to 10,000), those beyond the name `after` alone. */
  list(
    tenantId: TenantId,
    prefix: string,
    options: { readonly limit: number; readonly after?: string },
  ): Promise<readonly string[]>;
  /** False when it was not there. */
  remove(tenantId: TenantId, name: string): Promise<boolean>;
}
