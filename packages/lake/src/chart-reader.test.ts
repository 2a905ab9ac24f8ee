import type { AssetId, SampleBlock, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { describe, expect, it } from 'vitest';
import { createChartReader } from './chart-reader.ts';

const tenantId = 'acme' as TenantId; // a valid slug
const startAt = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;

function blockOf(asset: string, count: number, stepMs = 1000): SampleBlock {
  const named = { asset: asset as AssetId, metric: 'm', labels: {} }; // a non-empty name
  const numbers = Array.from({ length: count }, (_, index) => index);
  return {
    series: { id: seriesIdOf(tenantId, named), ...named },
    times: numbers.map((number) => startAt + number * stepMs),
    values: numbers,
  };
}

describe('chart reader', () => {
  it('returns steps of the series that have samples in the range', async () => {
    const series = createMemorySeriesStore();
    await series.append(tenantId, [blockOf('a', 3600), blockOf('b', 10)]);
    const reader = createChartReader({ series });
    const charts = await reader.chart(
      tenantId,
      {},
      { from: startAt + 60_000, to: startAt + 180_000 },
      { stepMs: 60_000 },
    );
    expect(charts).toHaveLength(1);
    expect(charts[0]).toMatchObject({
      series: { asset: 'a' },
      stepMs: 60_000,
      times: [startAt + 60_000, startAt + 120_000],
      min: [60, 120],
      max: [119, 179],
      avg: [89.5, 149.5],
      count: [60, 60],
    });
  });

  it('chooses a step that gives about 500 of them', async () => {
    const series = createMemorySeriesStore();
    await series.append(tenantId, [blockOf('a', 86_400)]);
    const [chart] = await createChartReader({ series }).chart(
      tenantId,
      {},
      { from: startAt, to: startAt + 24 * hourMs },
    );
    expect(chart?.times.length).toBe(720);
    expect(chart?.stepMs).toBe(120_000);
  });

  it('reads 100 series and refuses more', async () => {
    const series = createMemorySeriesStore();
    await series.append(
      tenantId,
      Array.from({ length: 100 }, (_, index) => blockOf(`asset-${index}`, 2)),
    );
    const reader = createChartReader({ series });
    const range = { from: startAt, to: startAt + hourMs };
    expect(await reader.chart(tenantId, {}, range)).toHaveLength(100);
    await series.append(tenantId, [blockOf('one-more', 2)]);
    await expect(reader.chart(tenantId, {}, range)).rejects.toMatchObject({ code: 'invalid-request', field: 'filter' });
    expect(await reader.chart(tenantId, { assets: ['one-more'] }, range)).toHaveLength(1);
  });

  it('refuses bad ranges and steps with field and cure', async () => {
    const reader = createChartReader({ series: createMemorySeriesStore() });
    const range = { from: startAt, to: startAt + 12_000 };
    for (const [bad, options, field] of [
      [{ from: startAt, to: startAt }, {}, 'to'],
      [{ from: Number.NaN, to: startAt }, {}, 'from'],
      [{ from: 0, to: Infinity }, {}, 'to'],
      [range, { stepMs: 0 }, 'stepMs'],
      [range, { stepMs: 1.5 }, 'stepMs'],
      [range, { stepMs: 1 }, 'stepMs'],
    ] as const) {
      const failure = await reader.chart(tenantId, {}, bad, options).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'invalid-request', field, cure: expect.any(String) });
    }
    expect(await reader.chart(tenantId, {}, range, { stepMs: 2 })).toEqual([]);
    await expect(reader.catalogue(tenantId, {}, { limit: 0 })).rejects.toMatchObject({ field: 'limit' });
  });

  it('stops when the asker has left', async () => {
    const reader = createChartReader({ series: createMemorySeriesStore() });
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(reader.chart(tenantId, {}, { from: 0, to: 1 }, { signal })).rejects.toThrow('gone');
  });
});
