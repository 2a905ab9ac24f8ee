import type { AssetProfile } from './asset-profile.ts';
import { CLASS_WEIGHTS, crossWeight, type Trouble } from './class-weights.ts';
import type { DependencyGraph } from './dependency-graph.ts';
import type { MetricClass } from './metric-semantics.ts';

/** What one dependency contributes to the trouble of one asset that depends on it. */
export interface Flow {
  /** Share (0..1) of the dependent's trouble that the dependency accounts for. */
  readonly share: number;
  /** The same, discounted by how doubtful the dependency's own change is. */
  readonly sure: number;
}

/** Sums of trouble over the edges of a dependency graph. */
export interface ExcessFlow {
  /** The excess that an asset shows; undefined where it cannot be summed. */
  shown(asset: string, metricClass: MetricClass): number | undefined;
  /** The excess that it must have felt: what it shows, or what a dependency surely sent it, if that is more. */
  felt(asset: string, metricClass: MetricClass): number | undefined;
  /** What `dependency` contributes to `whole`, the excess of `dependent` (undefined: compare severities). */
  between(dependent: string, dependency: string, whole: number | undefined): Flow;
}

/** Failing calls, as a share of the caller's requests, from which on retries and time-outs are felt as slowness. */
const FAILED_CALLS_FELT = 0.05;
/** Severity from which on a dependency surely sent something. */
const SURELY_SENT = 3;
/** A way through an asset that nobody measures is believed this much. */
const UNSEEN_SHARE = 0.8;

/** 0..1: how sure it is that a change of this severity is a change at all. */
export function significance(severity: number): number {
  return severity ** 2 / (severity ** 2 + 9);
}

/** Prepares the sums: a callee's seconds and failures belong to its callers in proportion to their requests. */
export function excessFlow(
  profiles: ReadonlyMap<string, AssetProfile>,
  trouble: ReadonlyMap<string, Trouble>,
  graph: DependencyGraph,
): ExcessFlow {
  const requestsOf = (asset: string): number => profiles.get(asset)?.requests ?? Number.NaN;

  const callShare = (dependent: string, dependency: string): number => {
    const own = requestsOf(dependent);
    if (!(own > 0)) return 1;
    let total = 0;
    for (const caller of graph.dependentsOf(dependency)) {
      const requests = requestsOf(caller);
      if (requests > 0) total += requests;
    }
    return total > 0 ? own / total : 1;
  };

  const shown: ExcessFlow['shown'] = (asset, metricClass) =>
    metricClass === 'latency' || metricClass === 'errors' ? profiles.get(asset)?.excess(metricClass) : undefined;

  /** Upper bound of what trouble of another class can do, by how many calls there are at all. */
  const crossBound = (dependent: string, dependency: string, classes: readonly [MetricClass, MetricClass]): number => {
    const samples = profiles.get(dependent)?.faultSamples ?? 0;
    const calls = callShare(dependent, dependency);
    if (classes[0] === 'latency' && classes[1] === 'errors') {
      const failed = shown(dependency, 'errors');
      const all = requestsOf(dependent) * samples;
      return failed === undefined || !(all > 0) ? 1 : Math.min(1, (failed * calls) / all / FAILED_CALLS_FELT);
    }
    if (classes[0] === 'errors' && classes[1] === 'latency') {
      const failed = shown(dependent, 'errors') ?? 0;
      const slow = requestsOf(dependency) * samples * calls;
      return slow > 0 && failed > 0 ? Math.min(1, slow / failed) : 1;
    }
    return 1;
  };

  return {
    shown,
    felt(asset, metricClass) {
      const own = shown(asset, metricClass);
      if (own === undefined) return undefined;
      let most = own;
      for (const { on } of graph.dependenciesOf(asset)) {
        const sent = shown(on, metricClass);
        const severity = profiles.get(on)?.severity(metricClass) ?? 0;
        if (sent === undefined || severity <= SURELY_SENT) continue;
        most = Math.max(most, sent * callShare(asset, on) * significance(severity));
      }
      return most;
    },
    between(dependent, dependency, whole) {
      const above = trouble.get(dependent);
      const below = profiles.get(dependency);
      if (above === undefined || below === undefined) return { share: UNSEEN_SHARE, sure: 0 };
      // What is silent sends nothing that could be added up, and its callers wait for it.
      let best: Flow =
        below.silence > 0
          ? { share: UNSEEN_SHARE, sure: UNSEEN_SHARE * significance(below.silence) }
          : { share: 0, sure: 0 };
      for (const [metricClass, weight] of CLASS_WEIGHTS) {
        const severity = below.severity(metricClass);
        if (severity <= 0) continue;
        const sent = metricClass === above.metricClass ? shown(dependency, metricClass) : undefined;
        let share: number;
        if (sent !== undefined && whole !== undefined) {
          share = whole > 0 ? Math.min(1, (sent * callShare(dependent, dependency)) / whole) : Number(sent > 0);
        } else {
          const ratio = Math.min(1, severity / Math.max(1, above.severity));
          const bound = crossBound(dependent, dependency, [above.metricClass, metricClass]);
          share = crossWeight(above.metricClass, metricClass) * weight * ratio * bound;
        }
        const sure = share * significance(severity);
        if (sure > best.sure) best = { share, sure };
      }
      return best;
    },
  };
}
