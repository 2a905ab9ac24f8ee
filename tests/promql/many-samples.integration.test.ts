import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createUnpackingThread } from '@heliosiq/adapters/postgres/unpacking-thread.ts';
import { openTestDatabase } from '@heliosiq/adapters/testing/test-postgres.ts';
import type { AssetId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { MetricQuery, SeriesStore } from '@heliosiq/ports';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMetricQuery } from '../../packages/lake/src/promql/metric-query.ts';
import { tenantId } from './loaded-store.ts';

/** More samples than four reads take, so that memory is used again. */
const [seriesCount, samplesEach, stepMs] = [20, 100_000, 1000];
const startAt = Date.UTC(2026, 0, 1);
const opened = new AsyncDisposableStack();
let store: SeriesStore;
let query: MetricQuery;

/** A counter of a pace of its own, which begins anew now and then. */
function valueOf(series: number, index: number): number {
  return ((series + 1) * index) % (7001 * (series + 1));
}

beforeAll(async () => {
  const { url } = opened.use(await openTestDatabase());
  const database = opened.use(await openDatabase({ url, poolMax: 4 }));
  store = createPostgresSeriesStore(database, { thread: opened.use(createUnpackingThread()) });
  query = createMetricQuery({ series: store });
  for (let number = 0; number < seriesCount; number += 1) {
    const named = { asset: 'mill' as AssetId, metric: 'turns', labels: { part: String(number) } }; // a non-empty name
    await store.append(tenantId, [
      {
        series: { id: seriesIdOf(tenantId, named), ...named },
        times: Float64Array.from({ length: samplesEach }, (_, index) => startAt + index * stepMs),
        values: Float64Array.from({ length: samplesEach }, (_, index) => valueOf(number, index)),
      },
    ]);
  }
});
afterAll(() => opened.disposeAsync());

const range = { from: startAt, to: startAt + samplesEach * stepMs, stepMs: 600_000 };

/** Values by the part that they are of. */
async function answered(text: string): Promise<Map<string, number[]>> {
  const { data } = await query.range(tenantId, { query: text, ...range });
  if (data.resultType !== 'matrix') throw new Error('a range has a matrix');
  return new Map(data.result.map(({ metric, values }) => [metric['part'] ?? '', Array.from(values)]));
}

it.each(['rate(turns%[5m])', 'resets(turns%[10m])', 'turns% + 1', 'turns% * on (part) max_over_time(turns%[1m])'])(
  '%s is the same whether series are asked for together or one by one',
  async (text) => {
    const together = await answered(text.replaceAll('%', ''));
    expect(together.size).toBe(seriesCount);
    for (const [part, values] of together) {
      const alone = await answered(text.replaceAll('%', `{part="${part}"}`));
      expect(values).toEqual(alone.get(part));
    }
  },
);

it('samples themselves stay what they are while others are read', async () => {
  const { data } = await query.instant(tenantId, { query: 'turns[2d]', time: startAt + samplesEach * stepMs });
  if (data.resultType !== 'matrix') throw new Error('a range selector has a matrix');
  expect(data.result).toHaveLength(seriesCount);
  for (const { metric, times, values } of data.result) {
    const number = Number(metric['part']);
    expect(times.length).toBe(samplesEach);
    expect(times.findIndex((at, index) => at !== startAt + index * stepMs)).toBe(-1);
    expect(values.findIndex((value, index) => value !== valueOf(number, index))).toBe(-1);
  }
});
