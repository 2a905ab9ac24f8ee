import type { Silence, TenantId } from '@heliosiq/model';

/** Silences and maintenance windows. */
export interface SilenceStore {
  /** Stores a silence, or another state of one. */
  put(tenantId: TenantId, silence: Silence): Promise<void>;
  get(tenantId: TenantId, id: string): Promise<Silence | undefined>;
  /** The latest start first, at most `limit` (1 to 1,000); with `endingAfter` only those whose planned end lies beyond it. */
  list(
    tenantId: TenantId,
    options: { readonly limit: number; readonly endingAfter?: number },
  ): Promise<readonly Silence[]>;
}
