import type { AssetProfile } from './asset-profile.ts';
import { mainTrouble } from './class-weights.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import { excessFlow, significance } from './excess-flow.ts';
import type { MetricClass } from './metric-semantics.ts';
import { widestWays } from './widest-ways.ts';

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
  /**
   * 0..1: how surely callers suffer from it, for the asset where the trouble is felt; undefined for others and where no
   * caller is measured.
   */
  readonly echo: number | undefined;
  /** Dependencies it began to use during the fault. */
  readonly newDependencies: readonly string[];
  /** Assets from the symptom down to this one over edges that are only inferred; empty where declared edges tell, or none do. */
  readonly inferredPath: readonly string[];
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
  symptom: { readonly asset: string | undefined; readonly metricClass: MetricClass },
): Role[] {
  const trouble = new Map([...profiles].map(([asset, profile]) => [asset, mainTrouble(profile, symptom.metricClass)]));
  const flow = excessFlow(profiles, trouble, graph);
  const troubleOf = (asset: string): { metricClass: MetricClass; severity: number } =>
    trouble.get(asset) ?? { metricClass: symptom.metricClass, severity: 0 };
  const placed = (asset: string): boolean =>
    graph.dependenciesOf(asset).length > 0 || graph.dependentsOf(asset).length > 0;

  const ways =
    symptom.asset === undefined || !placed(symptom.asset)
      ? undefined
      : widestWays(symptom.asset, (asset) => {
          const whole = flow.felt(asset, troubleOf(asset).metricClass);
          return graph.dependenciesOf(asset).map(({ on }) => ({ to: on, width: flow.between(asset, on, whole).share }));
        });

  // Assets between the symptom and a clear cause may hide what passes through them in their own noise, so the symptom
  // is also held against everything below it.
  let deepest: Role['explainedBy'];
  for (const [asset, { severity }] of trouble) {
    if (asset === symptom.asset) continue;
    const share = (ways?.widthTo(asset) ?? 0) * significance(severity);
    if (share > (deepest?.share ?? 0)) deepest = { asset, share };
  }

  /** The best explained trouble among those that call the symptom's asset. */
  const echoOf = (asset: string): number | undefined => {
    const callers = graph.dependentsOf(asset).filter((caller) => profiles.has(caller));
    if (asset !== symptom.asset || callers.length === 0) return undefined;
    return Math.max(
      ...callers.map((caller) => {
        const { metricClass, severity } = troubleOf(caller);
        return flow.between(caller, asset, flow.felt(caller, metricClass)).share * significance(severity);
      }),
    );
  };

  return [...profiles.keys()].sort().map((asset) => {
    const { metricClass, severity } = troubleOf(asset);
    const newDependencies = graph
      .dependenciesOf(asset)
      .flatMap(({ on }) => (profiles.get(on)?.appeared === true && graph.dependentsOf(on).length === 1 ? [on] : []));
    const whole = flow.shown(asset, metricClass);
    let explained = 0;
    let explainedBy: Role['explainedBy'];
    for (const { on } of graph.dependenciesOf(asset)) {
      if (newDependencies.includes(on)) continue;
      // Two assets that call each other do not acquit each other: the more changed one keeps its trouble.
      const mutual = graph.dependenciesOf(on).some((back) => back.on === asset);
      if (mutual && severity >= troubleOf(on).severity) continue;
      const { sure } = flow.between(asset, on, whole);
      explained += sure;
      if (sure > (explainedBy?.share ?? 0)) explainedBy = { asset: on, share: sure };
    }
    if (asset === symptom.asset && deepest !== undefined && deepest.share > explained) {
      explained = deepest.share;
      explainedBy = deepest;
    }
    return {
      asset,
      mainClass: metricClass,
      severity,
      own: 1 - Math.min(1, explained),
      explains: ways !== undefined && placed(asset) ? (ways.widthTo(asset) ?? 0) : undefined,
      path: symptom.asset === asset ? [asset] : (ways?.wayTo(asset) ?? []),
      explainedBy,
      echo: echoOf(asset),
      newDependencies,
      inferredPath: [],
    };
  });
}
