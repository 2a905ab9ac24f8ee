import type { AssetId, Edge, Incident } from '@heliosiq/model';

/** Callers looked at above the affected assets: enough to see who else suffers, and where users feel it. */
const CALLER_HOPS = 2;
/** Dependencies looked at below those callers, to tell their own trouble from what comes from here. */
const SIBLING_HOPS = 2;

/**
 * The assets that an incident may concern, nearest first and at most `assetsMax`: its entry and members, everything
 * these depend on however deep, the callers above them, and what else these depend on. `truncated` says that of these an
 * affected asset, a dependency or a caller was left out; siblings of the affected are a help, no need.
 */
export function assetsAround(
  incident: Pick<Incident, 'entry' | 'assets'>,
  edges: readonly Edge[],
  assetsMax: number,
): { assets: AssetId[]; truncated: boolean } {
  const below = new Map<AssetId, AssetId[]>();
  const above = new Map<AssetId, AssetId[]>();
  const link = (map: Map<AssetId, AssetId[]>, from: AssetId, to: AssetId): void => {
    const list = map.get(from);
    if (list === undefined) map.set(from, [to]);
    else list.push(to);
  };
  for (const edge of edges) {
    const [dependent, dependency] = edge.kind === 'part-of' ? [edge.to, edge.from] : [edge.from, edge.to];
    link(below, dependent, dependency);
    link(above, dependency, dependent);
  }
  const found = new Set<AssetId>([...(incident.entry === undefined ? [] : [incident.entry.asset]), ...incident.assets]);
  const members = [...found];
  const spread = (start: readonly AssetId[], next: Map<AssetId, AssetId[]>, hopsMax: number): void => {
    let frontier = start;
    for (let hop = 0; hop < hopsMax && frontier.length > 0 && found.size <= assetsMax; hop++) {
      const fresh = [...new Set(frontier.flatMap((asset) => next.get(asset) ?? []))]
        .filter((asset) => !found.has(asset))
        .sort();
      for (const asset of fresh) found.add(asset);
      frontier = fresh;
    }
  };
  spread(members, below, Number.POSITIVE_INFINITY);
  spread([...found], above, CALLER_HOPS);
  const truncated = found.size > assetsMax;
  spread([...found], below, SIBLING_HOPS);
  return { assets: [...found].slice(0, assetsMax), truncated };
}
