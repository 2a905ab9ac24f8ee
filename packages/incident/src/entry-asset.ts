import type { Anomaly, AssetId } from '@heliosiq/model';
import { feltDecades, isFelt, isHarmless } from './effect.ts';
import { anomalyWeight } from './evidence.ts';
import { familyRank, metricFamily } from './metric-family.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** Where users feel an incident, with the anomaly that shows it best. */
export interface EntryPoint {
  readonly asset: AssetId;
  readonly anomaly: Anomaly;
}

/** Calls are followed this far through assets that nothing is known of, such as clients and load balancers. */
const callHopsMax = 4;

/**
 * Finds the affected asset without an affected caller, where assets count as affected that somebody feels (or any, when
 * nobody feels anything); of several, the one with the largest felt effect together with the evidence on itself and on
 * what it calls; then the one whose best metric users feel most directly, then the first by name. In a ring of callers
 * all of them qualify.
 */
export function entryPointOf(affecting: readonly Anomaly[], neighbourhood: Neighbourhood): EntryPoint | undefined {
  const felt = affecting.filter(isFelt);
  const anomalies = felt.length > 0 ? felt : affecting;
  const byAsset = new Map<AssetId, Anomaly[]>();
  for (const anomaly of anomalies) {
    const list = byAsset.get(anomaly.series.asset) ?? [];
    list.push(anomaly);
    byAsset.set(anomaly.series.asset, list);
  }
  const affected = [...byAsset.keys()].sort();
  const roots = affected.filter((asset) => {
    const above = walk(asset, neighbourhood.callers);
    return !affected.some((other) => other !== asset && above.has(other));
  });
  let best: { readonly entry: EntryPoint; readonly covered: number } | undefined;
  for (const asset of roots.length > 0 ? roots : affected) {
    const anomaly = mostFelt(byAsset.get(asset) ?? []);
    if (anomaly === undefined) continue;
    const callees = walk(asset, neighbourhood.callees);
    let below = 0;
    for (const [other, list] of byAsset) if (callees.has(other)) below += strongest(list);
    const own = strongest(byAsset.get(asset) ?? []);
    const covered = largestFelt(byAsset.get(asset) ?? []) * (own + below);
    if (best === undefined || isBetter(covered, anomaly, best)) best = { entry: { asset, anomaly }, covered };
  }
  return best?.entry;
}

function isBetter(
  covered: number,
  anomaly: Anomaly,
  best: { readonly entry: EntryPoint; readonly covered: number },
): boolean {
  if (covered !== best.covered) return covered > best.covered;
  return compareFelt(anomaly, best.entry.anomaly) < 0;
}

function largestFelt(anomalies: readonly Anomaly[]): number {
  return Math.max(0, ...anomalies.map(feltDecades));
}

function strongest(anomalies: readonly Anomaly[]): number {
  return Math.max(0, ...anomalies.map(anomalyWeight));
}

/** The most user-facing anomaly that hurts; among equals the strongest. */
function mostFelt(anomalies: readonly Anomaly[]): Anomaly | undefined {
  return [...anomalies].sort(compareFelt)[0];
}

function compareFelt(a: Anomaly, b: Anomaly): number {
  return (
    feltRank(a) - feltRank(b) ||
    anomalyWeight(b) - anomalyWeight(a) ||
    statisticRank(a) - statisticRank(b) ||
    Math.abs(b.deviation) - Math.abs(a.deviation) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

function feltRank(anomaly: Anomaly): number {
  return familyRank(metricFamily(anomaly.series.metric).family) + (isHarmless(anomaly) ? 100 : 0);
}

/** Of equally strong statistics the average reads best, then the median, then tails. */
function statisticRank(anomaly: Anomaly): number {
  const words = `${anomaly.series.labels['statistic'] ?? ''} ${anomaly.series.metric}`.toLowerCase();
  if (/average|avg|mean/.test(words)) return 0;
  return /p50|median/.test(words) ? 1 : 2;
}

function walk(start: AssetId, step: (asset: AssetId) => readonly AssetId[]): ReadonlySet<AssetId> {
  const seen = new Set<AssetId>();
  let frontier: readonly AssetId[] = [start];
  for (let hop = 0; hop < callHopsMax && frontier.length > 0; hop += 1) {
    const next: AssetId[] = [];
    for (const asset of frontier) {
      for (const neighbour of step(asset)) {
        if (neighbour === start || seen.has(neighbour)) continue;
        seen.add(neighbour);
        next.push(neighbour);
      }
    }
    frontier = next;
  }
  return seen;
}
