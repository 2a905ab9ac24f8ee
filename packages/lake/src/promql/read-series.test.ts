import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import type { AssetId, SampleBlock, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { SeriesStore } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { compareLabelSets } from './label-set.ts';
import { createMetricQuery } from './metric-query.ts';
import { createQueryBudget } from './query-budget.ts';
import { createSeriesReader, type SeriesReader } from './read-series.ts';

const tenantId = 'acme' as TenantId; // a valid slug
const startAt = Date.UTC(2026, 0, 1);
const all = { from: startAt, to: startAt + 3_600_000 };
const matchers = [{ name: '__name__', operator: '=', value: 'm' }] as const;

/** Series whose labels ascend in another order than that in which they were written; two differ by their assets alone. */
function blocks(): SampleBlock[] {
  return ['7', '3', '5', '1', '9', '3'].map((shelf, index) => {
    const named = { asset: `asset-${index}` as AssetId, metric: 'm', labels: { shelf, instance: 'x' } }; // a non-empty name
    return {
      series: { id: seriesIdOf(tenantId, named), ...named },
      times: Float64Array.from({ length: 60 }, (_, minute) => startAt + minute * 60_000),
      values: Float64Array.from({ length: 60 }, (_, minute) => minute * (index + 1)),
    };
  });
}

/** A store in memory that lists series the other way round: their order is a store's own affair. */
function storeInOrderOfItsOwn(): SeriesStore {
  const series = createMemorySeriesStore();
  return {
    ...series,
    async *scan(...question) {
      for await (const page of series.scan(...question)) yield page.toReversed();
    },
  };
}

async function readBy(reader: SeriesReader) {
  return Array.fromAsync(reader.read(matchers, all), ({ labels, times, values }) => ({ labels, times, values }));
}

describe('series of a question', () => {
  it('are the same in the order of the store as in that of their labels', async () => {
    const series = storeInOrderOfItsOwn();
    await series.append(tenantId, blocks());
    const reader = createSeriesReader({ series, tenantId, budget: createQueryBudget({}, undefined) });
    const byLabels = await readBy(reader);
    const stored = await readBy(reader.inStoredOrder());
    expect(byLabels.map(({ labels }) => labels)).toEqual(
      byLabels.map(({ labels }) => labels).toSorted(compareLabelSets),
    );
    expect(stored.map(({ labels }) => labels)).not.toEqual(byLabels.map(({ labels }) => labels));
    expect(stored.toSorted((a, b) => compareLabelSets(a.labels, b.labels))).toEqual(byLabels);
  });

  it('make the same groups in both orders, which are shown by their labels', async () => {
    const series = storeInOrderOfItsOwn();
    await series.append(tenantId, blocks());
    const metrics = createMetricQuery({ series });
    const question = { from: startAt + 600_000, to: startAt + 3_000_000, stepMs: 60_000 };
    const grouped = await metrics.range(tenantId, { query: 'sum by (shelf) (delta(m[5m]))', ...question });
    // What is added to has its series read in the order of their labels.
    const expected = await metrics.range(tenantId, { query: 'sum by (shelf) (delta(m[5m]) + 0)', ...question });
    expect(grouped.data).toEqual(expected.data);
    expect(grouped.data.result).toMatchObject(['1', '3', '5', '7', '9'].map((shelf) => ({ metric: { shelf } })));
  });
});
