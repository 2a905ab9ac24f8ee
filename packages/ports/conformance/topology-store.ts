import type { AssetId, Topology } from '@heliosiq/model';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TopologyStore } from '../src/topology-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const [a, b, c] = ['a', 'b', 'c'] as [AssetId, AssetId, AssetId]; // non-empty names

function sorted(topology: Topology): Topology {
  return {
    assets: topology.assets.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    edges: topology.edges.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)),
  };
}

/** The promises of `TopologyStore`. */
export function topologyStoreConformance(name: string, open: OpenStore<TopologyStore>): void {
  describe(`${name} as a topology store`, () => {
    let store: TopologyStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns what was put, and nothing before', async () => {
      const tenantId = freshTenant();
      expect(await store.get(tenantId)).toEqual({ assets: [], edges: [] });
      const topology: Topology = {
        assets: [
          { id: a, class: 'service', labels: { team: 'night' } },
          { id: b, labels: {} },
        ],
        edges: [
          { from: a, to: b, kind: 'calls' },
          { from: a, to: b, kind: 'runs-on' },
        ],
      };
      await store.put(tenantId, topology);
      expect(sorted(await store.get(tenantId))).toEqual(sorted(topology));
    });

    it('creates assets that an edge alone names', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, { assets: [], edges: [{ from: a, to: b, kind: 'part-of' }] });
      expect(sorted(await store.get(tenantId)).assets).toEqual([
        { id: a, labels: {} },
        { id: b, labels: {} },
      ]);
    });

    it('updates a known asset when it is put again, and keeps the others and all edges', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, {
        assets: [
          { id: a, class: 'host', labels: { x: '1' } },
          { id: c, labels: {} },
        ],
        edges: [{ from: a, to: c, kind: 'calls' }],
      });
      await store.put(tenantId, { assets: [{ id: a, class: 'service', labels: { y: '2' } }], edges: [] });
      expect(sorted(await store.get(tenantId))).toEqual({
        assets: [
          { id: a, class: 'service', labels: { y: '2' } },
          { id: c, labels: {} },
        ],
        edges: [{ from: a, to: c, kind: 'calls' }],
      });
    });

    it('does not strip a described asset that a later edge or signal names', async () => {
      const tenantId = freshTenant();
      const described = { id: a, class: 'queue', labels: { x: '1' } };
      await store.put(tenantId, { assets: [described], edges: [] });
      await store.put(tenantId, { assets: [], edges: [{ from: b, to: a, kind: 'calls' }] });
      await store.ensureAssets(tenantId, [a, c, c]);
      expect(sorted(await store.get(tenantId)).assets).toEqual([
        described,
        { id: b, labels: {} },
        { id: c, labels: {} },
      ]);
    });

    it('takes repeated assets and edges in one call: the last asset wins', async () => {
      const tenantId = freshTenant();
      const edge = { from: a, to: a, kind: 'calls' } as const;
      await store.put(tenantId, {
        assets: [
          { id: a, labels: {} },
          { id: a, class: 'x', labels: {} },
        ],
        edges: [edge, edge],
      });
      expect(await store.get(tenantId)).toEqual({ assets: [{ id: a, class: 'x', labels: {} }], edges: [edge] });
    });

    it('keeps concurrent writers of the same assets complete', async () => {
      const tenantId = freshTenant();
      const names = Array.from({ length: 40 }, (_, index) => `asset-${index}`);
      await Promise.all(
        Array.from({ length: 8 }, (_, writer) =>
          store.ensureAssets(tenantId, writer % 2 === 0 ? names : names.toReversed()),
        ),
      );
      expect((await store.get(tenantId)).assets).toHaveLength(40);
    });

    it('shows a tenant nothing of another', async () => {
      await store.ensureAssets(freshTenant(), [a]);
      expect(await store.get(freshTenant())).toEqual({ assets: [], edges: [] });
    });
  });
}
