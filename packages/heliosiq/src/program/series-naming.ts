import type { NamingRules } from '@heliosiq/adapters/prometheus/stored-labels.ts';
import { assetOfLabels } from '@heliosiq/ingest/intake/asset-of-labels.ts';
import { unitOfMetric } from '@heliosiq/ingest/remote-write/metric-unit.ts';

/** Names series of a store of others as the doors name what comes in, so that both mean the same series. */
export function seriesNamingRules(assetLabels: readonly string[]): NamingRules {
  return {
    assetLabels,
    assetOf: (labels) => assetOfLabels(labels, assetLabels),
    unitOf: (metric) => unitOfMetric(metric),
  };
}
