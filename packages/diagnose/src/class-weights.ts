import type { AssetProfile } from './asset-profile.ts';
import type { MetricClass } from './metric-semantics.ts';

/** Classes by how well they point at a cause; traffic moves with every caller and so says little. */
export const CLASS_WEIGHTS: readonly (readonly [MetricClass, number])[] = [
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

/** How well a dependency's trouble of one class (second) explains trouble of another (first) in who depends on it. */
export function crossWeight(dependent: MetricClass, dependency: MetricClass): number {
  if (dependent === dependency) return 1;
  if (dependency === 'traffic') return 0.1;
  if (dependent === 'latency' || dependent === 'errors') {
    return dependency === 'latency' || dependency === 'errors' ? 0.5 : 0.8;
  }
  return 0.5;
}

/** What troubles an asset most, after weighting. */
export interface Trouble {
  readonly metricClass: MetricClass;
  readonly severity: number;
}

/** The asset's class of trouble: the symptom's own class is preferred when the severities are close. */
export function mainTrouble(profile: AssetProfile, symptom: MetricClass): Trouble {
  let best: Trouble = { metricClass: symptom, severity: 0 };
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
