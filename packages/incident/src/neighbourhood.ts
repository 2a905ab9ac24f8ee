import type { AssetId, Topology } from '@heliosiq/model';

/** Questions to a tenant's topology. */
export interface Neighbourhood {
  /** Fewest edges between two assets, whatever their kind and direction; undefined when further apart than asked. */
  hops(from: AssetId, to: AssetId): number | undefined;
  /** Every asset within the hops asked for, itself included, with the fewest edges to it. */
  within(asset: AssetId): ReadonlyMap<AssetId, number>;
  /** Assets one edge away, unless one of the two has so many edges that it links nobody. */
  adjacent(asset: AssetId): readonly AssetId[];
  /** Assets with too many edges to link others, that it calls or runs on. */
  hubsBelow(asset: AssetId): readonly AssetId[];
  /** How many edges the topology has. */
  readonly edges: number;
  /** How many edges an asset has. */
  edgesOf(asset: AssetId): number;
  /** How many assets are connected with it over any number of edges, itself included. */
  systemSize(asset: AssetId): number;
  /** Assets that the tenant has. */
  readonly size: number;
  /** True when the topology knows an edge of the asset. */
  isLinked(asset: AssetId): boolean;
  /** Assets that call it, directly. */
  callers(asset: AssetId): readonly AssetId[];
  /** Assets that it calls, directly. */
  callees(asset: AssetId): readonly AssetId[];
}

const rememberedAssetsMax = 5_000;

/**
 * Indexes a topology. Paths do not lead through an asset with more than `hubEdgesMax` edges, though they may end there:
 * two services of one cluster are not near each other for that.
 */
export function createNeighbourhood(
  topology: Topology,
  limits: { readonly hopsMax: number; readonly hubEdgesMax: number },
): Neighbourhood {
  const linked = new Map<AssetId, Set<AssetId>>();
  const callers = new Map<AssetId, AssetId[]>();
  const callees = new Map<AssetId, AssetId[]>();
  const below = new Map<AssetId, Set<AssetId>>();
  for (const { from, to, kind } of topology.edges) {
    if (from === to) continue;
    setOf(linked, from).add(to);
    setOf(linked, to).add(from);
    if (kind !== 'part-of') setOf(below, from).add(to);
    if (kind !== 'calls') continue;
    listOf(callers, to).push(from);
    listOf(callees, from).push(to);
  }
  const systems = systemSizes(linked);
  const reached = new Map<AssetId, ReadonlyMap<AssetId, number>>();

  function distancesFrom(from: AssetId): ReadonlyMap<AssetId, number> {
    const known = reached.get(from);
    if (known !== undefined) return known;
    const distance = new Map<AssetId, number>([[from, 0]]);
    let frontier: readonly AssetId[] = [from];
    for (let hop = 1; hop <= limits.hopsMax; hop += 1) {
      const next: AssetId[] = [];
      for (const asset of frontier) {
        const neighbours = linked.get(asset);
        if (neighbours === undefined || (hop > 1 && neighbours.size > limits.hubEdgesMax)) continue;
        for (const neighbour of neighbours) {
          if (distance.has(neighbour)) continue;
          distance.set(neighbour, hop);
          next.push(neighbour);
        }
      }
      frontier = next;
    }
    if (reached.size >= rememberedAssetsMax) reached.clear();
    reached.set(from, distance);
    return distance;
  }

  const edgesOf = (asset: AssetId): number => linked.get(asset)?.size ?? 0;
  const isHub = (asset: AssetId): boolean => edgesOf(asset) > limits.hubEdgesMax;

  return {
    within: distancesFrom,
    adjacent: (asset) => (isHub(asset) ? [] : [...(linked.get(asset) ?? [])].filter((other) => !isHub(other))),
    hubsBelow: (asset) => [...(below.get(asset) ?? [])].filter(isHub),
    edges: topology.edges.length,
    edgesOf,
    hops: (from, to) => (from === to ? 0 : distancesFrom(from).get(to)),
    systemSize: (asset) => systems.get(asset) ?? 1,
    size: topology.assets.length,
    isLinked: (asset) => linked.has(asset),
    callers: (asset) => callers.get(asset) ?? [],
    callees: (asset) => callees.get(asset) ?? [],
  };
}

/** The size of each asset's connected component. */
function systemSizes(linked: ReadonlyMap<AssetId, ReadonlySet<AssetId>>): ReadonlyMap<AssetId, number> {
  const sizes = new Map<AssetId, number>();
  for (const start of linked.keys()) {
    if (sizes.has(start)) continue;
    const members = new Set<AssetId>([start]);
    // A set hands out what is added while it is walked.
    for (const member of members) for (const neighbour of linked.get(member) ?? []) members.add(neighbour);
    for (const member of members) sizes.set(member, members.size);
  }
  return sizes;
}

function setOf<Key, Item>(map: Map<Key, Set<Item>>, key: Key): Set<Item> {
  const set = map.get(key) ?? new Set<Item>();
  map.set(key, set);
  return set;
}

function listOf<Key, Item>(map: Map<Key, Item[]>, key: Key): Item[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
