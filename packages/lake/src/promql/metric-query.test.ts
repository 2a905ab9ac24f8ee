import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import type { AssetId, SampleBlock, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { MetricQuery } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { createMetricQuery } from './metric-query.ts';
import type { QueryLimits } from './query-budget.ts';

const tenantId = 'acme' as TenantId; // a valid slug
const now = Date.UTC(2026, 0, 1);

interface Written {
  readonly asset?: string;
  readonly metric?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly unit?: string;
  /** Seconds before now, and values. */
  readonly samples?: readonly (readonly [agoS: number, value: number])[];
}

function blockOf({ asset = 'web', metric = 'up', labels = {}, unit, samples = [[0, 1]] }: Written): SampleBlock {
  const named = { asset: asset as AssetId, metric, labels }; // a non-empty name
  return {
    series: { id: seriesIdOf(tenantId, named), ...named, ...(unit !== undefined && { unit }) },
    times: samples.map(([agoS]) => now - agoS * 1000),
    values: Float64Array.from(samples, ([, value]) => value),
  };
}

async function querying(written: readonly Written[], limits: QueryLimits = {}): Promise<MetricQuery> {
  const series = createMemorySeriesStore();
  await series.append(
    tenantId,
    written.map((one) => blockOf(one)),
  );
  return createMetricQuery({ series, limits });
}

const at = (metrics: MetricQuery, query: string, time = now) => metrics.instant(tenantId, { query, time });

describe('the labels of a result', () => {
  it('are those that the series was written with, and its asset where they do not name it', async () => {
    const cases = [
      [
        { asset: 'h:9100', labels: { instance: 'h:9100', job: 'node' } },
        { instance: 'h:9100', job: 'node' },
      ],
      [
        { asset: 'shop/web-1', labels: { namespace: 'shop', pod: 'web-1' } },
        { namespace: 'shop', pod: 'web-1' },
      ],
      [{ asset: 'unnamed', labels: { x: 'y' } }, { x: 'y' }],
      [{ asset: 'unnamed', labels: {} }, {}],
      [
        { asset: 'pump', labels: { zone: 'north' } },
        { zone: 'north', asset: 'pump' },
      ],
      [{ asset: 'pump', labels: { asset: 'mine' } }, { asset: 'mine' }],
    ] as const;
    for (const [written, labels] of cases) {
      const metrics = await querying([written]);
      expect((await at(metrics, 'up')).data).toEqual({
        resultType: 'vector',
        result: [{ metric: { __name__: 'up', ...labels }, value: 1 }],
      });
      expect((await at(metrics, 'count_over_time(up[1m])')).data.result).toEqual([{ metric: labels, value: 1 }]);
    }
  });

  it('tell series of several assets apart that were written with the same labels', async () => {
    const metrics = await querying([
      { asset: 'unnamed', labels: { host: 'h' } },
      { asset: 'h', labels: { host: 'h' } },
      { asset: 'k', labels: { host: 'k' } },
    ]);
    expect((await at(metrics, 'up')).data.result).toEqual([
      { metric: { __name__: 'up', asset: 'h', host: 'h' }, value: 1 },
      { metric: { __name__: 'up', asset: 'unnamed', host: 'h' }, value: 1 },
      { metric: { __name__: 'up', host: 'k' }, value: 1 },
    ]);
    expect((await at(metrics, 'sum(up)')).data.result).toEqual([{ metric: {}, value: 3 }]);
  });

  it('may have names that objects have of their own', async () => {
    const metrics = await querying([
      { labels: JSON.parse('{"__proto__":"p","constructor":"c"}') as Record<string, string> },
    ]);
    const { data } = await at(metrics, 'sum by (__proto__, constructor) (up)');
    expect(JSON.stringify(data.result)).toBe('[{"metric":{"__proto__":"p","constructor":"c"},"value":1}]');
    expect((await at(metrics, 'up{toString!=""}')).data.result).toEqual([]);
  });
});

describe('a question', () => {
  it('may name its own look-back', async () => {
    const metrics = await querying([{ samples: [[90, 1]] }]);
    const found = async (lookbackMs?: number) =>
      (await metrics.instant(tenantId, { query: 'up', time: now, ...(lookbackMs !== undefined && { lookbackMs }) }))
        .data.result;
    expect(await found()).toHaveLength(1);
    expect(await found(90_000)).toEqual([]);
    expect(await found(90_001)).toHaveLength(1);
  });

  it('over a range gives series in the order of their labels, each with the steps that it has', async () => {
    const metrics = await querying([
      { labels: { n: '2' }, samples: [[600, 5]] },
      { labels: { n: '1' }, samples: [[0, 7]] },
    ]);
    const { data } = await metrics.range(tenantId, { query: 'up', from: now - 600_000, to: now, stepMs: 200_000 });
    expect(data).toEqual({
      resultType: 'matrix',
      result: [
        { metric: { __name__: 'up', asset: 'web', n: '1' }, times: Float64Array.of(now), values: Float64Array.of(7) },
        {
          metric: { __name__: 'up', asset: 'web', n: '2' },
          times: Float64Array.of(now - 600_000, now - 400_000),
          values: Float64Array.of(5, 5),
        },
      ],
    });
  });

  it.each([
    [{ from: now, to: now - 1, stepMs: 1000 }, 'end'],
    [{ from: now - 1, to: now, stepMs: 0 }, 'step'],
    [{ from: now - 1, to: now, stepMs: Number.NaN }, 'step'],
    [{ from: now - 11_001_000, to: now, stepMs: 1000 }, 'step'],
    [{ from: Number.NaN, to: now, stepMs: 1000 }, 'start'],
    [{ from: now, to: 1e17, stepMs: 1e15 }, 'end'],
  ])('over %j is refused for its %s', async (range, field) => {
    const metrics = await querying([{}]);
    await expect(metrics.range(tenantId, { query: 'up', ...range })).rejects.toMatchObject({
      code: 'invalid-request',
      field,
    });
  });

  it.each(['up[5m]', '"text"', 'up[5m:1m]'])('over a range cannot be %s', async (query) => {
    const metrics = await querying([{}]);
    await expect(metrics.range(tenantId, { query, from: now, to: now, stepMs: 1 })).rejects.toMatchObject({
      code: 'invalid-request',
      field: 'query',
    });
  });
});

describe('the bounds of a question', () => {
  const many = Array.from({ length: 30 }, (_, n) => ({
    labels: { n: String(n) },
    samples: Array.from({ length: 20 }, (_unused, index) => [index * 10, index] as const),
  }));

  it.each([
    [{ seriesMax: 29 }, 'sum(up)', 'too many series'],
    [{ samplesMax: 599 }, 'sum(rate(up[5m]))', 'too many samples'],
    [{ cellsMax: 319 }, 'topk(1, up)', 'too many values'],
    [{ cellsMax: 319 }, 'up', 'too many values'],
    [{ cellsMax: 319 }, 'count_values("v", up * on (n) up)', 'too many values'],
    [{}, 'sum_over_time(up[20d:1s])', '1000000 are possible'],
  ] as const)('%j stop %s', async (limits, query, words) => {
    const metrics = await querying(many, limits);
    const range = { from: now - 100_000, to: now, stepMs: 10_000 };
    await expect(metrics.range(tenantId, { query, ...range })).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining(words),
    });
  });

  it('let an aggregation see more series than fit into memory at once', async () => {
    const metrics = await querying(many, { cellsMax: 100 });
    const range = { from: now - 100_000, to: now, stepMs: 10_000 };
    const { data } = await metrics.range(tenantId, { query: 'sum(rate(up[1m]))', ...range });
    expect(data.result).toHaveLength(1);
  });

  it('end with the asker, and with the time that was given', async () => {
    const metrics = await querying(many);
    const asked = (signal: AbortSignal) => metrics.instant(tenantId, { query: 'up', time: now, signal });
    await expect(asked(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    await expect(asked(late)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('leave the event loop its turns', async () => {
    const written = Array.from({ length: 100 }, (_, n) => ({
      labels: { n: String(n) },
      samples: Array.from({ length: 600 }, (_unused, index) => [index * 10, index % 50] as const),
    }));
    const metrics = await querying(written);
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    const range = { from: now - 6_000_000, to: now, stepMs: 6000 };
    await metrics.range(tenantId, { query: 'sum(stddev_over_time(up[20m]))', ...range });
    isDone = true;
    expect(turns).toBeGreaterThan(10);
  });
});

describe('the catalogue', () => {
  it('lists series, names and values between two moments, up to a limit', async () => {
    const metrics = await querying([
      { metric: 'old', labels: { a: '1' }, samples: [[1000, 1]] },
      { metric: 'new', labels: { b: '2' } },
      { metric: 'newer', labels: { b: '1', c: '3' } },
    ]);
    const recent = { from: now - 100_000, to: now };
    expect(await metrics.labelNames(tenantId, { matches: [] })).toEqual({
      entries: ['__name__', 'a', 'asset', 'b', 'c'],
      isCut: false,
    });
    expect(await metrics.labelNames(tenantId, { matches: ['new', '{c="3"}'], ...recent })).toEqual({
      entries: ['__name__', 'asset', 'b', 'c'],
      isCut: false,
    });
    expect(await metrics.labelValues(tenantId, '__name__', { matches: [], ...recent })).toEqual({
      entries: ['new', 'newer'],
      isCut: false,
    });
    expect(await metrics.labelValues(tenantId, 'b', { matches: ['{b!=""}'], limit: 1 })).toEqual({
      entries: ['1'],
      isCut: true,
    });
    expect(await metrics.series(tenantId, { matches: ['{__name__=~"new.*"}', 'new'], ...recent })).toEqual({
      entries: [
        { __name__: 'new', asset: 'web', b: '2' },
        { __name__: 'newer', asset: 'web', b: '1', c: '3' },
      ],
      isCut: false,
    });
    await expect(metrics.series(tenantId, { matches: ['rate(up[5m])'] })).rejects.toMatchObject({
      code: 'invalid-request',
      field: 'match[]',
    });
    await expect(metrics.series(tenantId, { matches: ['up{'] })).rejects.toMatchObject({
      code: 'invalid-request',
      field: 'match[]',
    });
  });

  it('tells the type of a metric by its names and labels', async () => {
    const metrics = await querying([
      { metric: 'jobs_total' },
      { metric: 'seconds_bucket', labels: { le: '1' }, unit: 's' },
      { metric: 'seconds_count' },
      { metric: 'seconds_sum', unit: 's' },
      { metric: 'size', labels: { quantile: '0.5' } },
      { metric: 'size_sum' },
      { metric: 'plain_count' },
      { metric: 'degrees', unit: 'Cel' },
    ]);
    const of = (metric: string, type: string, unit = '') => ({ metric, type, help: '', unit });
    expect(await metrics.metadata(tenantId, {})).toEqual([
      of('degrees', 'unknown', 'Cel'),
      of('jobs_total', 'counter'),
      of('plain_count', 'unknown'),
      of('seconds', 'histogram', 's'),
      of('size', 'summary'),
    ]);
    expect(await metrics.metadata(tenantId, { metric: 'size' })).toEqual([of('size', 'summary')]);
    expect(await metrics.metadata(tenantId, { limit: 2 })).toHaveLength(2);
  });
});
