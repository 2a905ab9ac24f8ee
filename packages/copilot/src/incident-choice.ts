import {
  type AssetId,
  HeliosError,
  activeIncidentStatuses,
  type Incident,
  type IncidentId,
  severityRank,
  type TenantId,
  type Topology,
} from '@heliosiq/model';
import type { IncidentStore } from '@heliosiq/ports';

/** The incident a question is about, and how it was found. */
export interface ChosenIncident {
  readonly incident: Incident;
  /** `given` by the asker, `named`: it affects a named asset, `below`: something the named asset calls, `newest`: no asset was named. */
  readonly how: 'given' | 'named' | 'below' | 'newest';
}

const callHopsMax = 3;

/**
 * Chooses the incident: the given one; else one that affects a named asset, open before resolved, with the asset as its
 * entry before others, newest first; else an open one on something that a named asset calls; else, when no asset is
 * named, the worst and newest open one, or the newest resolved one. Rejects with `not-found` for a given id that is none.
 */
export async function chooseIncident(
  tenantId: TenantId,
  incidents: IncidentStore,
  about: {
    readonly incidentId?: IncidentId | undefined;
    readonly assets: readonly AssetId[];
    readonly topology: Topology;
  },
): Promise<ChosenIncident | undefined> {
  if (about.incidentId !== undefined) {
    const given = await incidents.get(tenantId, about.incidentId);
    if (given === undefined) throw new HeliosError('not-found', 'There is no such incident.', { field: 'incidentId' });
    return { incident: given, how: 'given' };
  }
  if (about.assets.length > 0) {
    const named = await incidents.find(tenantId, { assets: about.assets }, { limit: 50 });
    const best = [...named].sort((a, b) => compareFor(a, b, about.assets))[0];
    if (best !== undefined && best.status !== 'resolved') return { incident: best, how: 'named' };
    const below = calledBy(about.assets, about.topology);
    if (below.length > 0) {
      const open = await incidents.find(tenantId, { assets: below, statuses: activeIncidentStatuses }, { limit: 50 });
      const nearest = [...open].sort((a, b) => compareFor(a, b, below))[0];
      if (nearest !== undefined) return { incident: nearest, how: 'below' };
    }
    return best === undefined ? undefined : { incident: best, how: 'named' };
  }
  const open = await incidents.find(tenantId, { statuses: activeIncidentStatuses }, { limit: 100 });
  const worst = [...open].sort(
    (a, b) => severityRank(a.severity) - severityRank(b.severity) || compareFor(a, b, []),
  )[0];
  const newest = worst ?? (await incidents.find(tenantId, {}, { limit: 1 }))[0];
  return newest === undefined ? undefined : { incident: newest, how: 'newest' };
}

function compareFor(a: Incident, b: Incident, assets: readonly AssetId[]): number {
  const rank = (incident: Incident): number =>
    (incident.status === 'resolved' ? 2 : 0) + (assets.some((asset) => asset === incident.entry?.asset) ? 0 : 1);
  return rank(a) - rank(b) || b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1);
}

/** What the assets call, directly or not, nearest first; at most 200. */
function calledBy(assets: readonly AssetId[], topology: Topology): readonly AssetId[] {
  const callees = new Map<AssetId, AssetId[]>();
  for (const { from, to, kind } of topology.edges) {
    if (kind !== 'calls') continue;
    const list = callees.get(from) ?? [];
    list.push(to);
    callees.set(from, list);
  }
  const seen = new Set<AssetId>(assets);
  let frontier = assets;
  for (let hop = 0; hop < callHopsMax && frontier.length > 0; hop += 1) {
    const next: AssetId[] = [];
    for (const asset of frontier) {
      for (const callee of callees.get(asset) ?? []) {
        if (seen.has(callee)) continue;
        seen.add(callee);
        next.push(callee);
      }
    }
    frontier = next;
  }
  return [...seen].slice(assets.length, assets.length + 200);
}
