import type { SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { CheckedSample } from './sample-check.ts';

/** A known series, with the JSON that every record of it repeats. */
export interface KnownSeries {
  readonly ref: SeriesRef;
  readonly json: string;
}

/** Finds the series that a sample belongs to. */
export interface SeriesCache {
  seriesOf(tenantId: TenantId, sample: CheckedSample): KnownSeries;
}

/**
 * Remembers up to `seriesMax` series, because hashing a series' identity costs more than all else that is done for a
 * sample. Two generations stand in for an LRU list: what was used since the last turn survives the next one, and a
 * hit costs one look-up.
 */
export function createSeriesCache(seriesMax: number): SeriesCache {
  const generationMax = Math.max(1, Math.floor(seriesMax / 2));
  let young = new Map<string, KnownSeries>();
  let old = new Map<string, KnownSeries>();

  return {
    seriesOf(tenantId, sample) {
      const key = keyOf(tenantId, sample);
      const hit = young.get(key);
      if (hit !== undefined) return hit;
      const series = old.get(key) ?? knownSeries(tenantId, sample);
      if (young.size >= generationMax) {
        old = young;
        young = new Map();
      }
      young.set(key, series);
      return series;
    },
  };
}

function knownSeries(tenantId: TenantId, sample: CheckedSample): KnownSeries {
  const labels = sample.labels ?? {};
  const ref: SeriesRef = {
    id: seriesIdOf(tenantId, { asset: sample.asset, metric: sample.metric, labels }),
    asset: sample.asset,
    metric: sample.metric,
    labels,
    ...(sample.unit === undefined ? {} : { unit: sample.unit }),
  };
  return { ref, json: JSON.stringify(ref) };
}

/** Parts kept apart by their lengths. Labels in another order make another key, which leads to an equal series. */
function keyOf(tenantId: TenantId, { asset, metric, unit = '', labels }: CheckedSample): string {
  let key = `${tenantId} ${asset.length} ${metric.length} ${unit.length} ${asset}${metric}${unit}`;
  for (const name in labels) {
    const value = labels[name] ?? '';
    key += ` ${name.length} ${value.length} ${name}${value}`;
  }
  return key;
}
