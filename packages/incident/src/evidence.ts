import type { Anomaly, AssetId } from '@heliosiq/model';
import { doublings, effectDecades, failingPoints, isFelt, isHarmless, isTroubleItself } from './effect.ts';
import { metricFamily, quantityOf } from './metric-family.ts';
import { stepMsOf } from './series-step.ts';

/** How much evidence an incident takes, in decades of surprise. */
export interface EvidenceBars {
  /** What a member must exceed to count at all. */
  readonly floor: number;
  /** Pooled weight above the floor that opens an incident. */
  readonly open: number;
  /** Weight from which an anomaly joins an open incident two hops away; half of it is enough for a direct neighbour. */
  readonly join: number;
}

/** A tenant's other assets count for their share in false alarms, but less than those that an anomaly is pooled with. */
const strangersPerNeighbour = 50;

/**
 * The bars for an asset in a connected system of so many assets, in a tenant of so many. The more is watched, the more
 * is unusual by chance: a detector that is wrong once in 2,000 samples is wrong all day long over 300 series.
 * So each bar grows with the logarithm of the crowd, up to about a hundred.
 */
export function evidenceBars(crowd: { readonly system: number; readonly tenant: number }): EvidenceBars {
  const assets = Math.max(crowd.system, 1) + crowd.tenant / strangersPerNeighbour;
  const decades = Math.min(2.5, Math.log10(1 + 3 * assets));
  return { floor: 0.6 * decades, open: 1.2 + 0.8 * decades, join: 0.4 * decades };
}

const excessMax = 4;
/** Robust standard deviations that a detector's threshold lies at, roughly. */
const deviationUsual = 6;

/**
 * How much an anomaly speaks for trouble that hurts: the decades by which its surprise, -log10(1 - score), exceeds the
 * detector's threshold (at most 4: in a crowd no single sample is enough by that alone), half a decade for each further
 * step it has lasted, at most two, and the size of its effect (see `effectDecades`), as far as there is surprise.
 * Nothing when the metric went where nobody is hurt, such as latency that fell; half when traffic rose, which may be
 * welcome; less when latency rose by less than 40% or a millisecond, because nobody feels it. Depends on the anomaly
 * alone, so that a redelivery weighs the same.
 */
export function anomalyWeight(anomaly: Anomaly): number {
  if (isHarmless(anomaly)) return 0;
  const steps = stepsLasted(anomaly);
  const excess = excessDecades(anomaly);
  const effect = effectDecades(anomaly, steps >= 1) * Math.min(1, excess);
  return (excess + Math.min(steps, 2) / 2 + effect) * hurtShare(anomaly);
}

/**
 * Decades of surprise beyond the threshold. A detector that saw an outage before is little surprised by the next one:
 * where a percentage point of requests and more fail, how far that is from usual counts instead when it says more.
 */
function excessDecades(anomaly: Anomaly): number {
  const bySurprise = surprise(anomaly.score) - surprise(anomaly.threshold);
  const isOutage = (failingPoints(anomaly) ?? 0) >= 1;
  const byDeviation = isOutage ? Math.log2(Math.max(1, Math.abs(anomaly.deviation) / deviationUsual)) : 0;
  return Math.min(Math.max(0, bySurprise, byDeviation), excessMax);
}

/**
 * The evidence of several anomalies together, each counted above the floor. Statistics of one quantity of one asset
 * count once (the strongest), a second quantity of the same asset counts half and further ones nothing, because they
 * move together; assets add up.
 */
export function pooledWeight(anomalies: Iterable<Anomaly>, floor: number): number {
  const byAsset = new Map<AssetId, Map<string, number>>();
  for (const anomaly of anomalies) {
    const { asset, metric } = anomaly.series;
    const quantities = byAsset.get(asset) ?? new Map<string, number>();
    const quantity = quantityOf(metric);
    quantities.set(quantity, Math.max(quantities.get(quantity) ?? 0, anomalyWeight(anomaly) - floor));
    byAsset.set(asset, quantities);
  }
  let pooled = 0;
  for (const quantities of byAsset.values()) {
    const [first = 0, second = 0] = [...quantities.values()].sort((a, b) => b - a);
    pooled += first + second / 2;
  }
  return pooled;
}

/** -log10(1 - score), at most 15: what is left of a double's precision near 1. */
function surprise(score: number): number {
  return -Math.log10(Math.max(1 - score, 1e-15));
}

/** Steps from the first anomalous sample to the last. */
function stepsLasted(anomaly: Anomaly): number {
  const lastedMs = anomaly.lastSeenAt - anomaly.startedAt;
  const stepMs = stepMsOf(anomaly);
  if (lastedMs <= 0) return 0;
  return stepMs === undefined ? 1 : Math.max(1, lastedMs / stepMs);
}

function hurtShare(anomaly: Anomaly): number {
  if (isTroubleItself(anomaly)) return 1;
  const { family, hurts } = metricFamily(anomaly.series.metric);
  if (hurts !== undefined && hurts !== anomaly.direction) return 1 / 3;
  if (family === 'latency') return isFelt(anomaly) ? Math.min(1, Math.max(1 / 4, 2 * doublings(anomaly))) : 1 / 4;
  return family === 'traffic' && anomaly.direction === 'up' ? 1 / 2 : 1;
}
