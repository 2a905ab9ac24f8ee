import type { Asset, AssetId, Edge } from '@heliosiq/model';
import type { TopologyStore } from '@heliosiq/ports';
import { createTenantMap } from './tenant-map.ts';

/** A topology store in memory, gone with the process. */
export function createMemoryTopologyStore(): TopologyStore {
  const tenants = createTenantMap(() => ({ assets: new Map<string, Asset>(), edges: new Map<string, Edge>() }));

  function ensure(assets: Map<string, Asset>, id: string): void {
    // The cast holds: an asset id is a branded text, and the names come from parsed signals and edges.
    if (!assets.has(id)) assets.set(id, { id: id as AssetId, labels: {} });
  }

  return {
    async put(tenantId, topology) {
      const { assets, edges } = tenants.of(tenantId);
      for (const asset of topology.assets) assets.set(asset.id, asset);
      for (const edge of topology.edges) {
        ensure(assets, edge.from);
        ensure(assets, edge.to);
        edges.set(JSON.stringify([edge.from, edge.to, edge.kind]), edge);
      }
    },
    async ensureAssets(tenantId, names) {
      const { assets } = tenants.of(tenantId);
      for (const name of names) ensure(assets, name);
    },
    async get(tenantId) {
      const { assets, edges } = tenants.of(tenantId);
      return { assets: [...assets.values()].slice(0, 20_000), edges: [...edges.values()].slice(0, 100_000) };
    },
  };
}
