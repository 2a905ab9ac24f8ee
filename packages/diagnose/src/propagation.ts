import type { AssetProfile } from './asset-profile.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import type { MetricClass } from './metric-semantics.ts';

/** Classes by how well they point at a cause; traffic moves with every caller and so says little. */
const CLASS_WEIGHTS: readonly (readonly [MetricClass, number])[] = [
  ['latency', 1],
  ['errors', 1],
  ['cpu', 0.9],
  ['memory', 0.9],
  ['disk', 0.9],
  ['network', 0.8],
  ['saturation', 0.9],
  ['sensor', 0.9],
  ['unknown', 0.7],
  ['traffic', 0.35],
];

/** Failing calls, as a share of the caller's requests, from which on retries and time-outs are felt as slowness. */
const FAILED_CALLS_FELT = 0.05;

/** How well a dependency's trouble of one class (second) explains trouble of another (first) in who depends on it. */
function crossWeight(dependent: MetricClass, dependency: MetricClass): number {
  if (dependent === dependency) return 1;
  if (dependency === 'traffic') return 0.1;
  if (dependent === 'latency' || dependent === 'errors')
    return dependency === 'latency' || dependency === 'errors' ? 0.5 : 0.8;
  return 0.5;
}

/** The part an asset plays in the trouble. */
export interface Role {
  readonly asset: string;
  readonly mainClass: MetricClass;
  /** Severity of the main class after weighting. */
  readonly severity: number;
  /** 0..1: share of its own trouble that none of its dependencies explains. */
  readonly own: number;
  /** 0..1: share of the symptom that its trouble can explain; undefined where topology cannot tell. */
  readonly explains: number | undefined;
  /** Assets from the symptom down to this one; empty when there is no way. */
  readonly path: readonly string[];
  /** Dependency that explains most of its trouble, with the share explained. */
  readonly explainedBy: { readonly asset: string; readonly share: number } | undefined;
  /** Dependencies it began to use during the fault. */
  readonly newDependencies: readonly string[];
}

/** The asset's class of trouble: the symptom's own class is preferred when the severities are close. */
export function mainTrouble(
  profile: AssetProfile,
  symptom: MetricClass,
): { metricClass: MetricClass; severity: number } {
  let best: { metricClass: MetricClass; severity: number } = { metricClass: symptom, severity: 0 };
  let bestRank = 0;
  for (const [metricClass, weight] of CLASS_WEIGHTS) {
    // Traffic names an asset's trouble only when nothing else does.
    if (metricClass === 'traffic' && best.severity >= 2) break;
    const severity = profile.severity(metricClass) * weight;
    const rank = severity * (metricClass === symptom ? 1.5 : 1);
    if (rank > bestRank) [best, bestRank] = [{ metricClass, severity }, rank];
  }
  return best;
}

/** 0..1: how sure it is that a change of this severity is a change at all. */
export function significance(severity: number): number {
  return severity ** 2 / (severity ** 2 + 9);
}

interface Flow {
  /** Share (0..1) of the dependent's trouble that the dependency accounts for. */
  readonly share: number;
  /** The same, discounted by how doubtful the dependency's own change is. */
  readonly sure: number;
}

/**
 * Finds each asset's role by conservation: seconds added (or requests failed) in a callee arrive in its callers in
 * proportion to the calls they make. A caller whose excess is covered by its callees is a victim; an asset with excess
 * that none of its dependencies covers is where the trouble begins. Caller-side views of an edge and small twins carry
 * only a part of the excess and so rank below the asset that carries all of it. Where no such sums can be made, the
 * ratio of severities stands in.
 */
export function roles(
  profiles: ReadonlyMap<string, AssetProfile>,
  graph: DependencyGraph,
  symptom: { asset: string | undefined; metricClass: MetricClass },
): Role[] {
  const trouble = new Map([...profiles].map(([asset, profile]) => [asset, mainTrouble(profile, symptom.metricClass)]));

  const callShare = (dependent: string, dependency: string): number => {
    const own = profiles.get(dependent)?.requests ?? Number.NaN;
    if (!(own > 0)) return 1;
    let total = 0;
    for (const caller of graph.dependentsOf(dependency)) {
      const requests = profiles.get(caller)?.requests ?? Number.NaN;
      if (requests > 0) total += requests;
    }
    return total > 0 ? own / total : 1;
  };

  const excessOf = (asset: string, metricClass: MetricClass): number | undefined =>
    metricClass === 'latency' || metricClass === 'errors' ? profiles.get(asset)?.excess(metricClass) : undefined;

  /** The excess that an asset must have felt: what it shows, or what its dependencies surely sent it, if that is more. */
  const felt = (asset: string, metricClass: MetricClass): number | undefined => {
    const shown = excessOf(asset, metricClass);
    if (shown === undefined) return undefined;
    let most = shown;
    for (const { on } of graph.dependenciesOf(asset)) {
      const sent = excessOf(on, metricClass);
      const severity = profiles.get(on)?.severity(metricClass) ?? 0;
      if (sent !== undefined && severity > 3)
        most = Math.max(most, sent * callShare(asset, on) * significance(severity));
    }
    return most;
  };

  /** Upper bound of what calls of another class of trouble can do, by how many calls there are at all. */
  const crossBound = (dependent: string, dependency: string, classes: readonly [MetricClass, MetricClass]): number => {
    const requests = profiles.get(dependent)?.requests ?? Number.NaN;
    const samples = profiles.get(dependent)?.faultSamples ?? 0;
    const calls = callShare(dependent, dependency);
    if (classes[0] === 'latency' && classes[1] === 'errors') {
      const failed = excessOf(dependency, 'errors');
      if (failed === undefined || !(requests * samples > 0)) return 1;
      return Math.min(1, (failed * calls) / (requests * samples) / FAILED_CALLS_FELT);
    }
    if (classes[0] === 'errors' && classes[1] === 'latency') {
      const failed = excessOf(dependent, 'errors') ?? 0;
      const slow = (profiles.get(dependency)?.requests ?? Number.NaN) * samples * calls;
      return slow > 0 && failed > 0 ? Math.min(1, slow / failed) : 1;
    }
    return 1;
  };

  const flow = (dependent: string, dependency: string, whole: number | undefined): Flow => {
    const above = trouble.get(dependent);
    const below = profiles.get(dependency);
    if (above === undefined || below === undefined) return { share: 0.8, sure: 0 };
    let best: Flow = { share: 0, sure: 0 };
    for (const [metricClass, weight] of CLASS_WEIGHTS) {
      const severity = below.severity(metricClass);
      if (severity <= 0) continue;
      const sent = metricClass === above.metricClass ? excessOf(dependency, metricClass) : undefined;
      const share =
        sent !== undefined && whole !== undefined
          ? whole > 0
            ? Math.min(1, (sent * callShare(dependent, dependency)) / whole)
            : Number(sent > 0)
          : crossWeight(above.metricClass, metricClass) *
            weight *
            Math.min(1, severity / Math.max(1, above.severity)) *
            crossBound(dependent, dependency, [above.metricClass, metricClass]);
      const sure = share * significance(severity);
      if (sure > best.sure) best = { share, sure };
    }
    return best;
  };

  const newDependencies = (asset: string): string[] =>
    graph
      .dependenciesOf(asset)
      .flatMap(({ on }) => (profiles.get(on)?.appeared === true && graph.dependentsOf(on).length === 1 ? [on] : []));

  // The widest way down from the symptom: the way whose narrowest edge carries most.
  const width = new Map<string, number>();
  const parent = new Map<string, string>();
  if (symptom.asset !== undefined) {
    width.set(symptom.asset, 1);
    const open = new Set([symptom.asset]);
    while (open.size > 0) {
      let next = '';
      for (const asset of open) {
        const gain = (width.get(asset) ?? 0) - (width.get(next) ?? -1);
        if (next === '' || gain > 0 || (gain === 0 && asset < next)) next = asset;
      }
      open.delete(next);
      const whole = felt(next, trouble.get(next)?.metricClass ?? 'unknown');
      for (const { on } of graph.dependenciesOf(next)) {
        const through = Math.min(width.get(next) ?? 0, flow(next, on, whole).share);
        if (through <= (width.get(on) ?? -1)) continue;
        width.set(on, through);
        parent.set(on, next);
        open.add(on);
      }
    }
  }
  const pathTo = (asset: string): string[] => {
    if (!width.has(asset)) return [];
    const path = [asset];
    for (let up = parent.get(asset); up !== undefined && !path.includes(up); up = parent.get(up)) path.unshift(up);
    return path;
  };

  const placed = (asset: string): boolean =>
    graph.dependenciesOf(asset).length > 0 || graph.dependentsOf(asset).length > 0;
  const known = symptom.asset !== undefined && placed(symptom.asset);
  return [...profiles.keys()].sort().map((asset) => {
    const { metricClass, severity } = trouble.get(asset) ?? { metricClass: symptom.metricClass, severity: 0 };
    const fresh = newDependencies(asset);
    const whole = excessOf(asset, metricClass);
    let explained = 0;
    let explainedBy: Role['explainedBy'];
    for (const { on } of graph.dependenciesOf(asset)) {
      if (fresh.includes(on)) continue;
      // Two assets that call each other do not acquit each other: the more changed one keeps its trouble.
      const mutual = graph.dependenciesOf(on).some((back) => back.on === asset);
      if (mutual && severity >= (trouble.get(on)?.severity ?? 0)) continue;
      const { sure } = flow(asset, on, whole);
      explained += sure;
      if (sure > (explainedBy?.share ?? 0)) explainedBy = { asset: on, share: sure };
    }
    return {
      asset,
      mainClass: metricClass,
      severity,
      own: 1 - Math.min(1, explained),
      explains: known && placed(asset) ? (width.get(asset) ?? 0) : undefined,
      path: pathTo(asset),
      explainedBy,
      newDependencies: fresh,
    };
  });
}
