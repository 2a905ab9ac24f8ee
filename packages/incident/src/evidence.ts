import type { Anomaly, AssetId } from '@heliosiq/model';
import { stepMsOf } from './closeness.ts';
import { metricFamily, quantityOf } from './metric-family.ts';

/** How much evidence a tenant's incidents take, in decades of surprise. */
export interface EvidenceBars {
  /** What a member must exceed to count at all. */
  readonly floor: number;
  /** Pooled weight above the floor that opens an incident. */
  readonly open: number;
  /** Weight from which an anomaly joins an open incident. */
  readonly join: number;
}

/**
 * The bars for a tenant of so many assets. The more is watched, the more is unusual by chance: a detector that is wrong
 * once in 2,000 samples is wrong all day long over 300 series. So each bar grows with the logarithm of the number of
 * assets, up to about a hundred, beyond which troubles are told apart by topology anyhow.
 */
export function evidenceBars(assets: number): EvidenceBars {
  const crowd = Math.min(2.5, Math.log10(1 + 3 * Math.max(assets, 1)));
  return { floor: 0.6 * crowd, open: 1.2 + 0.8 * crowd, join: 0.4 * crowd };
}

const excessMax = 4;

/**
 * How much an anomaly speaks for trouble that hurts: the decades by which its surprise, -log10(1 - score), exceeds the
 * detector's threshold (at most 4: in a crowd no single sample is enough), and half a decade for each further step it has lasted, at most two. A third of it when the
 * metric went where nobody is hurt, such as latency that fell, and half when traffic rose, which may be welcome.
 * Depends on the anomaly alone, so that a redelivery weighs the same.
 */
export function anomalyWeight(anomaly: Anomaly): number {
  const excess = Math.min(Math.max(0, surprise(anomaly.score) - surprise(anomaly.threshold)), excessMax);
  return (excess + Math.min(stepsLasted(anomaly), 2) / 2) * hurtShare(anomaly);
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
  const { family, hurts } = metricFamily(anomaly.series.metric);
  if (hurts !== undefined) return hurts === anomaly.direction ? 1 : 1 / 3;
  return family === 'traffic' && anomaly.direction === 'up' ? 1 / 2 : 1;
}
