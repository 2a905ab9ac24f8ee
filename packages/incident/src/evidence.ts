import type { Anomaly, AssetId } from '@heliosiq/model';
import { metricFamily, quantityOf } from './metric-family.ts';

/**
 * How much an anomaly speaks for real trouble, in multiples of the detector's own bar: 1 is a blip just over it.
 *
 * weight = surprise / surprise at the threshold (at most 3)
 *        + 1 for each further anomalous sample (at most 2)
 *        + 0.5 from 10, 1 from 20 robust standard deviations,
 * a third of it when the metric went where nobody is hurt, such as latency that fell.
 * Surprise is -log10(1 - score). Depends on the anomaly alone, so that a redelivery weighs the same.
 */
export function anomalyWeight(anomaly: Anomaly): number {
  const bar = Math.max(surprise(anomaly.threshold), 1);
  const strength = Math.min(surprise(anomaly.score) / bar, 3);
  const deviation = Math.abs(anomaly.deviation);
  const size = deviation >= 20 ? 1 : deviation >= 10 ? 0.5 : 0;
  const weight = strength + Math.min(sightings(anomaly) - 1, 2) + size;
  const { hurts } = metricFamily(anomaly.series.metric);
  return hurts === undefined || hurts === anomaly.direction ? weight : weight / 3;
}

/**
 * The evidence of several anomalies together. Statistics of one quantity of one asset count once (the strongest), a
 * second quantity of the same asset counts half and further ones nothing, because they move together; assets add up.
 */
export function pooledWeight(anomalies: Iterable<Anomaly>): number {
  const byAsset = new Map<AssetId, Map<string, number>>();
  for (const anomaly of anomalies) {
    const { asset, metric } = anomaly.series;
    const quantities = byAsset.get(asset) ?? new Map<string, number>();
    const quantity = quantityOf(metric);
    quantities.set(quantity, Math.max(quantities.get(quantity) ?? 0, anomalyWeight(anomaly)));
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

/** Anomalous samples seen at least: each sighting revises an anomaly, and so does its end. */
function sightings(anomaly: Anomaly): number {
  if (anomaly.lastSeenAt <= anomaly.startedAt) return 1;
  return Math.max(2, anomaly.revision - (anomaly.status === 'closed' ? 1 : 0));
}
