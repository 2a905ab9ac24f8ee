import type { AssetProfile } from './asset-profile.ts';
import type { Casefile, Points, TopologyEdge } from './casefile.ts';
import type { SeriesChange } from './change-strength.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import { laggedLinks, SAMPLES_MAX, SAMPLES_MIN, type LaggedLink } from './lagged-dependence.ts';
import { quantile } from './robust-statistics.ts';
import { seriesText } from './sentences.ts';
import { inTimeOrder } from './time-order.ts';
import { valueText } from './value-words.ts';

/** A dependence that nobody declared and nobody saw: `from` is thought to depend on `to`. */
export interface InferredEdge {
  readonly from: string;
  readonly to: string;
  readonly basis: 'traces' | 'lagged-dependence';
  /** One sentence with what it rests on. */
  readonly text: string;
  /** -1..1; absent for an edge that traces tell of. */
  readonly correlation?: number;
  readonly lagMs?: number;
  readonly samples?: number;
}

/** Assets looked at, the most changed first: the cost grows with the square of their number. */
const ASSETS_MAX = 20;
/** Assets that changed less are no part of the trouble. */
const CHANGED_MIN = 2;
const EDGES_MAX = 40;

interface Gridded {
  readonly asset: string;
  readonly change: SeriesChange;
  readonly points: Points;
}

/** The usual distance of neighbouring samples, milliseconds; NaN for fewer than two. */
function stepOf({ timesMs }: Points): number {
  const gaps = timesMs.slice(1).map((time, index) => time - (timesMs[index] ?? time));
  return quantile(gaps.filter((gap) => gap > 0).sort(), 0.5);
}

interface Grid {
  /** The last moment before the fault, and the width of a cell, milliseconds. */
  readonly endMs: number;
  readonly stepMs: number;
  readonly cells: number;
}

/** Values on a grid; a cell without a sample is NaN. */
function onGrid({ timesMs, values }: Points, { endMs, stepMs, cells }: Grid): Float64Array {
  const grid = new Float64Array(cells).fill(Number.NaN);
  for (let index = timesMs.length - 1; index >= 0; index--) {
    const cell = cells - 1 - Math.floor((endMs - (timesMs[index] ?? Number.NaN)) / stepMs);
    if (!(cell >= 0)) break;
    if (cell < cells) grid[cell] = values[index] ?? Number.NaN;
  }
  return grid;
}

/** The series that stand for their assets: of those with a past long enough the most changed one of each asset without declared edges. */
function representatives(
  profiles: ReadonlyMap<string, AssetProfile>,
  graph: DependencyGraph,
  symptom: string | undefined,
): Gridded[] {
  const unplaced = [...profiles.values()].filter(
    ({ asset }) => graph.dependenciesOf(asset).length === 0 && graph.dependentsOf(asset).length === 0,
  );
  return unplaced
    .flatMap(({ asset, changes }): Gridded[] => {
      const change = changes.find(
        ({ semantics, baselineCount }) => semantics.metricClass !== 'traffic' && baselineCount >= SAMPLES_MIN,
      );
      if (change === undefined || (change.severity < CHANGED_MIN && asset !== symptom)) return [];
      return [{ asset, change, points: inTimeOrder(change.series.baseline) }];
    })
    .sort(
      (a, b) =>
        Number(b.asset === symptom) - Number(a.asset === symptom) ||
        b.change.severity - a.change.severity ||
        (a.asset < b.asset ? -1 : 1),
    )
    .slice(0, ASSETS_MAX);
}

function edgeOf(
  link: LaggedLink,
  one: { readonly follower: Gridded; readonly leader: Gridded; readonly stepMs: number },
): InferredEdge {
  const lagMs = link.lagSteps * one.stepMs;
  const behind = valueText(lagMs / 1000, { metric: 'lag', unit: 's' });
  const chance = link.decades > 15 ? 'less than 1 in 10^15' : `about 1 in 10^${Math.floor(link.decades)}`;
  return {
    from: link.follower,
    to: link.leader,
    basis: 'lagged-dependence',
    correlation: link.correlation,
    lagMs,
    samples: link.samples,
    text: `Inferred, not observed: in quiet times ${seriesText(one.follower.change.series)} of ${link.follower} followed ${seriesText(one.leader.change.series)} of ${link.leader} by ${behind} (correlation ${link.correlation.toFixed(2)} over ${link.samples} samples, by luck ${chance}).`,
  };
}

/**
 * Dependences between assets of which no edge is known, read from how their metrics followed one another before the fault
 * ({@link laggedLinks}). The fault itself is left out: one event, however large, shows no dependence. What moves within one sampling
 * interval gives no edge, because it has no direction; so calls that are answered faster than metrics are sampled stay unknown.
 */
export function inferEdges(
  casefile: Casefile,
  profiles: ReadonlyMap<string, AssetProfile>,
  { graph, symptom }: { readonly graph: DependencyGraph; readonly symptom: string | undefined },
): InferredEdge[] {
  const found = representatives(profiles, graph, symptom);
  if (found.length < 2) return [];
  const steps = Float64Array.from(found, ({ points }) => stepOf(points)).filter((step) => step > 0);
  const stepMs = quantile(steps.sort(), 0.5);
  if (!(stepMs > 0)) return [];
  // A series sampled more seldom than the others would seem to follow them all.
  const even = found.filter(({ points }) => stepOf(points) <= 1.5 * stepMs);
  const cells = Math.min(SAMPLES_MAX, Math.max(...even.map(({ points }) => points.timesMs.length)));
  const grid: Grid = { endMs: casefile.window.faultFromMs - 1, stepMs, cells };
  const links = laggedLinks(new Map(even.map(({ asset, points }) => [asset, onGrid(points, grid)])));
  const byAsset = new Map(even.map((one) => [one.asset, one]));
  return links
    .sort((a, b) => b.decades - a.decades || (a.follower + a.leader < b.follower + b.leader ? -1 : 1))
    .flatMap((link) => {
      const [follower, leader] = [byAsset.get(link.follower), byAsset.get(link.leader)];
      return follower === undefined || leader === undefined ? [] : [edgeOf(link, { follower, leader, stepMs })];
    })
    .slice(0, EDGES_MAX);
}

/** Edges that only traces tell of, in words. */
export function tracedEdges(edges: readonly TopologyEdge[]): InferredEdge[] {
  return edges
    .filter(({ inferredFrom }) => inferredFrom === 'traces')
    .slice(0, EDGES_MAX)
    .map(({ from, to }) => ({
      ...{ from, to },
      basis: 'traces' as const,
      text: `Inferred: ${from} calls ${to} in traces; the topology does not tell of it.`,
    }));
}

/** The shortest way from one asset down to others over inferred edges; empty where there is none, ties by name. */
export function inferredWays(
  edges: readonly InferredEdge[],
  start: string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const ways = new Map<string, readonly string[]>();
  if (start === undefined) return ways;
  const below = Map.groupBy(edges, ({ from }) => from);
  let frontier: readonly string[][] = [[start]];
  while (frontier.length > 0) {
    const next: string[][] = [];
    for (const way of frontier) {
      const targets = (below.get(way.at(-1) ?? '') ?? []).map(({ to }) => to).sort();
      for (const to of targets) {
        if (to === start || ways.has(to)) continue;
        ways.set(to, [...way, to]);
        next.push([...way, to]);
      }
    }
    frontier = next;
  }
  return ways;
}
