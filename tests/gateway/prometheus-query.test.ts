import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { AssetId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrometheusQueryDoors } from '../../packages/gateway/src/gateway.ts';
import { createInstantQuery } from '../../packages/lake/src/promql/instant-query.ts';
import { acme, openGateway, other } from './open-gateway.ts';
import type { OpenGateway } from './open-gateway.ts';

const now = Date.UTC(2026, 0, 1);
const seriesCount = 3000;
let doors: OpenGateway;
let viewer: string;

beforeAll(async () => {
  const series = createMemorySeriesStore();
  const blockOf = (metric: string, host: string, value: number) => {
    const named = { asset: AssetId.parse(host), metric, labels: { host } };
    return {
      series: { id: seriesIdOf(acme, named), ...named },
      times: [now - 1000],
      values: Float64Array.of(value),
    };
  };
  await series.append(
    acme,
    Array.from({ length: seriesCount }, (_, n) => blockOf('load', `host-${n}`, n)),
  );
  await series.append(acme, [blockOf('up', 'web', 1)]);
  const instantQuery = createInstantQuery({ series });
  doors = await openGateway({ httpDoors: createPrometheusQueryDoors({ instantQuery, now: () => now }) });
  viewer = await doors.keyOf('viewer');
}, 60_000);
afterAll(() => doors.close());

const get = async (query: string, token = viewer) => {
  const response = await doors.request(`/api/v1/query?${query}`, {}, token);
  return { status: response.status, body: await response.json() };
};

describe('the query API of Prometheus', () => {
  it('answers a viewer by GET and by POST of a form, each tenant with its own', async () => {
    const one = {
      status: 'success',
      data: {
        resultType: 'vector',
        result: [{ metric: expect.objectContaining({ __name__: 'up' }), value: [now / 1000, '1'] }],
      },
    };
    expect(await get('query=up')).toEqual({ status: 200, body: one });
    const form = { body: new URLSearchParams({ query: 'up', time: String(now / 1000) }).toString(), method: 'POST' };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await doors.request('/api/v1/query?query=nothing', { ...form, headers }, viewer);
    expect([posted.status, await posted.json()]).toEqual([200, one]);
    expect(posted.headers.get('content-type')).toBe('application/json');
    expect(await get('query=up', await doors.keyOf('viewer', other))).toMatchObject({ body: { data: { result: [] } } });
  });

  it('gives every series of a large answer', async () => {
    const { status, body } = await get('query=load');
    expect([status, body]).toMatchObject([200, { status: 'success', data: { result: { length: seriesCount } } }]);
  });

  it('tells faults in its own shape', async () => {
    expect(await get('query=up(')).toMatchObject({ status: 400, body: { status: 'error', errorType: 'bad_data' } });
    expect(await get('')).toMatchObject({
      status: 400,
      body: { error: 'invalid parameter "query": it is missing or empty' },
    });
    expect(await get('query=up', 'hk_wrong')).toMatchObject({ status: 401, body: { errorType: 'unauthorized' } });
  });
});
