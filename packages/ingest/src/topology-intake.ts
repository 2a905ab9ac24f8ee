import { HeliosError } from '@heliosiq/model';
import type { Topology } from '@heliosiq/model';
import { unstorablePathOf } from '@heliosiq/model/storable-text.ts';
import type { TopologyIntake, TopologyStore } from '@heliosiq/ports';

const assetsMax = 10_000;
const edgesMax = 50_000;

/**
 * Makes the door for topology. Of two descriptions of one asset the later one wins; edges are told apart by both ends
 * and kind; an edge of an asset to itself says nothing about causes and is left out.
 */
export function createTopologyIntake({ topology: store }: { readonly topology: TopologyStore }): TopologyIntake {
  return {
    async put(principal, topology) {
      checkTopology(topology);
      const assets = new Map(topology.assets.map((asset) => [asset.id, asset]));
      const edges = new Map(
        topology.edges
          .filter((edge) => edge.from !== edge.to)
          .map((edge) => [JSON.stringify([edge.from, edge.to, edge.kind]), edge]),
      );
      await store.put(principal.tenantId, { assets: [...assets.values()], edges: [...edges.values()] });
      return { assets: assets.size, edges: edges.size };
    },
  };
}

function checkTopology(topology: Topology): void {
  const { assets, edges } = topology;
  if (assets.length > assetsMax) throw tooMany('assets', assetsMax);
  if (edges.length > edgesMax) throw tooMany('edges', edgesMax);
  const unstorable = unstorablePathOf(topology);
  if (unstorable !== undefined) {
    throw new HeliosError('invalid-request', 'A name holds U+0000 or half of a surrogate pair', {
      field: unstorable,
      cure: 'Send names without these',
    });
  }
}

function tooMany(field: string, max: number): HeliosError {
  return new HeliosError('invalid-request', `More than ${max} ${field} in one request`, {
    field,
    cure: `Send at most ${max} ${field} at a time`,
  });
}
