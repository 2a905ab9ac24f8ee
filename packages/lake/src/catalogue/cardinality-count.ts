import type { SeriesRef } from '@heliosiq/model';
import type { Cardinality, LabelCardinality, MetricCardinality, PairCardinality } from '@heliosiq/ports';
import { resultLabelsOf } from '../promql/result-labels.ts';

const commonestMax = 5;

interface MetricCount {
  series: number;
  newSeries: number;
  readonly labels: Map<string, PairCount>;
}

interface PairCount {
  series: number;
  readonly values: Set<string>;
}

interface LabelCount {
  series: number;
  readonly values: Map<string, number>;
}

/** Counts series by metric, by label, and by label of a metric, in bounded memory. */
export interface CardinalityCount {
  add(series: SeriesRef, isNew: boolean): void;
  /** At most `limit` entries a list, the largest first and then by name. */
  result(limit: number): Cardinality;
}

/** `rememberedMax`: distinct values that are remembered in all, over labels and over pairs of metric and label. */
export function createCardinalityCount({ rememberedMax = 1_000_000 } = {}): CardinalityCount {
  const metrics = new Map<string, MetricCount>();
  const labels = new Map<string, LabelCount>();
  let seriesCount = 0;
  let newCount = 0;
  let remembered = 0;
  let isPartial = false;

  /** Whether one more distinct value may be remembered. */
  function hasRoom(): boolean {
    if (remembered < rememberedMax) {
      remembered += 1;
      return true;
    }
    isPartial = true;
    return false;
  }

  function countLabel(metric: MetricCount, name: string, value: string): void {
    const label = entryOf(labels, name, () => ({ series: 0, values: new Map<string, number>() }));
    label.series += 1;
    const before = label.values.get(value);
    if (before !== undefined || hasRoom()) label.values.set(value, (before ?? 0) + 1);
    const pair = entryOf(metric.labels, name, () => ({ series: 0, values: new Set<string>() }));
    pair.series += 1;
    if (!pair.values.has(value) && hasRoom()) pair.values.add(value);
  }

  return {
    add(series, isNew) {
      seriesCount += 1;
      const metric = entryOf(metrics, series.metric, () => ({
        series: 0,
        newSeries: 0,
        labels: new Map<string, PairCount>(),
      }));
      metric.series += 1;
      if (isNew) {
        newCount += 1;
        metric.newSeries += 1;
      }
      const known = resultLabelsOf(series);
      for (const name in known) countLabel(metric, name, known[name] ?? '');
    },

    result(limit) {
      const byMetric = [...metrics].map(([metric, { series, newSeries }]): MetricCardinality => ({
        metric,
        series,
        newSeries,
      }));
      const byLabel = [...labels].map(([label, { series, values }]): LabelCardinality => ({
        label,
        series,
        values: values.size,
        commonest: commonestOf(values),
      }));
      const byPair = [...metrics].flatMap(([metric, { labels: own }]) =>
        [...own].map(([label, { series, values }]): PairCardinality => ({
          metric,
          label,
          series,
          values: values.size,
        })),
      );
      return {
        series: seriesCount,
        newSeries: newCount,
        metrics: largest(byMetric, { limit, sizeOf: (one) => one.series, nameOf: metricOf }),
        labels: largest(byLabel, { limit, sizeOf: (one) => one.values, nameOf: (one) => one.label }),
        pairs: largest(
          byPair.filter(({ values }) => values > 1),
          { limit, sizeOf: (one) => one.values, nameOf: (one) => `${one.metric} ${one.label}` },
        ),
        growing: largest(
          byMetric.filter(({ newSeries }) => newSeries > 0),
          { limit, sizeOf: (one) => one.newSeries, nameOf: metricOf },
        ),
        isPartial,
      };
    },
  };
}

function entryOf<Key, Entry>(map: Map<Key, Entry>, key: Key, make: () => Entry): Entry {
  let entry = map.get(key);
  if (entry === undefined) {
    entry = make();
    map.set(key, entry);
  }
  return entry;
}

function commonestOf(values: ReadonlyMap<string, number>): LabelCardinality['commonest'] {
  const entries = [...values].map(([value, series]) => ({ value, series }));
  return largest(entries, { limit: commonestMax, sizeOf: (one) => one.series, nameOf: (one) => one.value });
}

function metricOf({ metric }: MetricCardinality): string {
  return metric;
}

interface Order<Item> {
  readonly limit: number;
  readonly sizeOf: (item: Item) => number;
  readonly nameOf: (item: Item) => string;
}

function largest<Item>(items: readonly Item[], { limit, sizeOf, nameOf }: Order<Item>): Item[] {
  const byName = (a: Item, b: Item): number => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0);
  return items.toSorted((a, b) => sizeOf(b) - sizeOf(a) || byName(a, b)).slice(0, limit);
}
