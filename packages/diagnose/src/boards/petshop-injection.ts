import type { TopologyEdge } from '../casefile.ts';
import { seededRandom } from '../seeded-random.ts';
import type { RecordedSeries, Recording } from './petshop-files.ts';

/** A made-up fault: its place, its kind and how much of it reaches the symptom. */
export interface InjectedFault {
  readonly node: string;
  readonly metric: 'latency' | 'availability';
  readonly target: string;
  /** Latency: the target's mean grows by this share. Availability: this many percentage points are lost at the target. */
  readonly sizeAtTarget: number;
  readonly seed: number;
}

/** Rows that the fault touches, of five: as in the recorded issues, one quiet row before and one after. */
const FAULT_ROWS = [1, 2, 3];
/** Part of the requests that a latency fault delays; the mean, the median and the tail see it each in its own way. */
const DELAYED_SHARE = 0.3;

function medianOf(values: Float64Array): number {
  const finite = values.filter((value) => Number.isFinite(value)).sort();
  return finite[Math.floor(finite.length / 2)] ?? Number.NaN;
}

/** Calls of every node per request of every ancestor, estimated from normal request counts. */
function reach(
  node: string,
  edges: readonly TopologyEdge[],
  requests: ReadonlyMap<string, number>,
): Map<string, number> {
  const callers = Map.groupBy(edges, (edge) => edge.to);
  const perRequest = new Map([[node, 1]]);
  const wave = [node];
  for (let next = wave.shift(); next !== undefined; next = wave.shift()) {
    const above = (callers.get(next) ?? []).filter((edge) => (requests.get(edge.from) ?? 0) > 0);
    const total = above.reduce((sum, edge) => sum + (requests.get(edge.from) ?? 0), 0);
    for (const edge of above) {
      if (perRequest.has(edge.from)) continue;
      const own = requests.get(edge.from) ?? 1;
      const calls = ((requests.get(next) ?? 0) * (own / total)) / own;
      perRequest.set(edge.from, (perRequest.get(next) ?? 0) * calls);
      wave.push(edge.from);
    }
  }
  return perRequest;
}

/** What a fault is put into. */
export interface InjectionGround {
  /** The rows to spoil: five, quiet. */
  readonly quiet: Recording;
  readonly normal: Recording;
  readonly edges: readonly TopologyEdge[];
  /** Leaves that show a node as its caller sees it, by name of the leaf; they show the node's own trouble. */
  readonly views: ReadonlyMap<string, string>;
}

/**
 * Puts a fault into five quiet rows. It begins at its node and rises along the calls, in proportion to how often each
 * caller's request reaches the node, with 15% noise a row. Returns undefined when the node is silent in
 * those rows or cannot cause that much at the target.
 */
export function injectFault(ground: InjectionGround, fault: InjectedFault): Recording | undefined {
  const { quiet, normal, edges, views } = ground;
  const own = quiet.series.filter((one) => one.asset === fault.node && one.metric === fault.metric);
  if (!own.some((one) => FAULT_ROWS.every((row) => Number.isFinite(one.values[row])))) return undefined;
  const random = seededRandom(fault.seed);
  const level = (asset: string, metric: string, statistic: string): number =>
    medianOf(
      normal.series.find((one) => one.asset === asset && one.metric === metric && one.statistic === statistic)
        ?.values ?? new Float64Array(),
    );
  const requests = new Map(
    normal.series.filter((one) => one.metric === 'requests').map((one) => [one.asset, medianOf(one.values)]),
  );
  const perRequest = reach(fault.node, edges, requests);
  const atTarget = perRequest.get(fault.target) ?? 0;
  if (!(atTarget > 0)) return undefined;
  const wanted =
    fault.metric === 'latency' ? fault.sizeAtTarget * level(fault.target, 'latency', 'Average') : fault.sizeAtTarget;
  const atNode = wanted / atTarget;
  if (!Number.isFinite(atNode) || (fault.metric === 'availability' && atNode > 95)) return undefined;
  for (const [view, node] of views) {
    const share = perRequest.get(node);
    if (share !== undefined) perRequest.set(view, share);
  }
  const series = quiet.series.map((one): RecordedSeries => {
    const share = perRequest.get(one.asset);
    if (share === undefined || one.metric !== fault.metric) return one;
    const values = one.values.slice();
    for (const row of FAULT_ROWS) {
      const value = values[row] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      const amount = atNode * share * (row === 1 ? 0.6 : 1) * (0.85 + 0.3 * random());
      if (one.metric === 'availability') values[row] = Math.max(0, value - amount);
      else if (one.statistic === 'Average') values[row] = value + amount;
      else if (one.statistic === 'p50') values[row] = value + (share * DELAYED_SHARE > 0.5 ? amount : 0);
      else
        values[row] =
          value +
          (Math.min(1, share) * DELAYED_SHARE > (one.statistic === 'p90' ? 0.1 : one.statistic === 'p95' ? 0.05 : 0.01)
            ? amount / Math.min(1, share) / DELAYED_SHARE
            : amount);
    }
    return { ...one, values };
  });
  return { timesMs: quiet.timesMs, series };
}
