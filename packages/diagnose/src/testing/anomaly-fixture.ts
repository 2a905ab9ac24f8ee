import { Anomaly, AssetId } from '@heliosiq/model';
import { anomalyIdOf, seriesIdOf } from '@heliosiq/model/content-id.ts';
import { tenantId } from './stores-fixture.ts';

/** An anomaly of an asset's latency: five times the usual, once in a million; `over` replaces what it names. */
export function anomalyAt(
  name: string,
  over: Partial<Anomaly> & Pick<Anomaly, 'startedAt' | 'lastSeenAt'>,
  metric = 'latency',
): Anomaly {
  const asset = AssetId.parse(name);
  const labels = { statistic: 'Average' };
  const id = seriesIdOf(tenantId, { asset, metric, labels });
  return Anomaly.parse({
    id: anomalyIdOf(id, 'series', over.startedAt),
    tenantId,
    revision: 1,
    status: 'open',
    series: { id, asset, metric, labels },
    detector: 'series',
    peakAt: over.startedAt,
    score: 0.999999,
    threshold: 0.999,
    value: 0.5,
    expected: 0.1,
    lower: 0.05,
    upper: 0.2,
    deviation: 20,
    direction: 'up',
    baseline: { kind: 'series', from: over.startedAt - 3_600_000, to: over.startedAt, samples: 60 },
    explanation: `${metric} of ${name} is unusual.`,
    ...over,
  });
}
