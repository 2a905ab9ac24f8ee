import type { Topology, TenantId } from '@heliosiq/model';

/** The assets of a tenant and their edges. Putting a known asset or edge again updates it. */
export interface TopologyStore {
  /** Adds or updates; assets that an edge names and nobody described are created bare. */
  put(tenantId: TenantId, topology: Topology): Promise<void>;
  /** Makes sure that the assets exist, without touching known ones. */
  ensureAssets(tenantId: TenantId, assets: readonly string[]): Promise<void>;
  /** The whole graph: at most 20,000 assets and 100,000 edges. */
  get(tenantId: TenantId): Promise<Topology>;
}
