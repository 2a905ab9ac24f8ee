import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrometheusDoors } from '../../packages/lake/src/prometheus-api/prometheus-doors.ts';
import { createMetricQuery } from '../../packages/lake/src/promql/metric-query.ts';
import { acme, openGateway, other, type OpenGateway } from '../gateway/open-gateway.ts';
import { blockOf } from './loaded-store.ts';

const now = Date.UTC(2026, 0, 1);
const seriesCount = 3000;
let doors: OpenGateway;
let viewer: string;

beforeAll(async () => {
  const series = createMemorySeriesStore();
  const one = (labels: Readonly<Record<string, string>>, value: number) =>
    blockOf({ labels, samples: [[now - 1000, value]] });
  await series.append(
    acme,
    Array.from({ length: seriesCount }, (_, n) => one({ __name__: 'load', host: `host-${n}` }, n)),
  );
  await series.append(acme, [one({ __name__: 'up', host: 'web' }, 1)]);
  const metrics = createMetricQuery({ series });
  doors = await openGateway({ httpDoors: createPrometheusDoors({ metrics, now: () => now, version: '1.2.3' }) });
  viewer = await doors.keyOf('viewer');
}, 120_000);
afterAll(() => doors.close());

const get = async (pathAndQuery: string, token = viewer) => {
  const response = await doors.request(`/api/v1/${pathAndQuery}`, {}, token);
  return { status: response.status, body: await response.json() };
};
const headers = { 'content-type': 'application/x-www-form-urlencoded' };

describe('the API of Prometheus', () => {
  it('answers a viewer by GET and by POST of a form, whose values win, each tenant with its own', async () => {
    const answer = {
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: { __name__: 'up', host: 'web' }, value: [now / 1000, '1'] }] },
    };
    expect(await get('query?query=up')).toEqual({ status: 200, body: answer });
    const body = new URLSearchParams({ query: 'up', time: String(now / 1000) }).toString();
    const posted = await doors.request('/api/v1/query?query=nothing', { method: 'POST', body, headers }, viewer);
    expect([posted.status, await posted.json()]).toEqual([200, answer]);
    expect(posted.headers.get('content-type')).toBe('application/json');
    const others = await get('query?query=up', await doors.keyOf('viewer', other));
    expect(others).toMatchObject({ body: { data: { result: [] } } });
  });

  it('gives every series of a large answer, and as many as are wanted', async () => {
    const { status, body } = await get('query?query=load');
    expect([status, body]).toMatchObject([200, { status: 'success', data: { result: { length: seriesCount } } }]);
    expect(await get('query?query=load&limit=2')).toMatchObject({
      body: { warnings: ['results truncated due to limit'], data: { result: { length: 2 } } },
    });
  });

  it('shares a path with the charts of this house: selectors are the one, all else is the other', async () => {
    const selected = { status: 200, body: { status: 'success', data: [{ __name__: 'up', host: 'web' }] } };
    expect(await get('series?match[]=up')).toEqual(selected);
    expect(await get('series?match%5B%5D=up')).toEqual(selected);
    const body = new URLSearchParams({ 'match[]': 'up' }).toString();
    const posted = await doors.request('/api/v1/series', { method: 'POST', body, headers }, viewer);
    expect([posted.status, await posted.json()]).toEqual([200, selected.body]);
    expect(await get(`series?metric=up&from=${now - 60_000}&to=${now}`)).toEqual({ status: 200, body: { series: [] } });
    expect(await get('series?metric=up')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(await get('series?match=up')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it('lists values under a name in the path', async () => {
    expect(await get('label/__name__/values')).toEqual({
      status: 200,
      body: { status: 'success', data: ['load', 'up'] },
    });
    expect(await get('label/host/values?match[]=up')).toEqual({
      status: 200,
      body: { status: 'success', data: ['web'] },
    });
    expect(await get('label/U__k8s_2e_pod/values')).toEqual({ status: 200, body: { status: 'success', data: [] } });
  });

  it('tells faults in the form of the API', async () => {
    expect(await get('query?query=up(')).toMatchObject({
      status: 400,
      body: {
        status: 'error',
        errorType: 'bad_data',
        error: expect.stringMatching(/^invalid parameter "query": 1:1: /),
      },
    });
    expect(await get('query')).toMatchObject({ status: 400, body: { errorType: 'bad_data' } });
    expect(await get('query_range?query=up&start=0&end=1')).toMatchObject({
      status: 400,
      body: { error: 'invalid parameter "step": it is missing' },
    });
    expect(await get('series?match[]=rate(up[5m])')).toMatchObject({
      status: 400,
      body: { error: 'invalid parameter "match[]": expected a series selector' },
    });
    expect(await get('query?query=topk(NaN,load)')).toMatchObject({ status: 422, body: { errorType: 'execution' } });
    expect(await get('query?query=up', 'hk_wrong')).toMatchObject({ status: 401, body: { errorType: 'unauthorized' } });
    const removed = await doors.request('/api/v1/series', { method: 'DELETE' }, viewer);
    expect([removed.status, removed.headers.get('allow')]).toEqual([405, 'GET, POST, HEAD, OPTIONS']);
  });
});
