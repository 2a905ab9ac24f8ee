import { AssetId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createChartReader } from '../../packages/lake/src/chart-reader.ts';
import { createLakeCatalogue } from '../../packages/lake/src/catalogue/lake-catalogue.ts';
import { createSampleExport } from '../../packages/lake/src/export/sample-export.ts';
import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryLakeFigures } from '@heliosiq/adapters/memory/lake-figures.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { acme, openGateway, other, problemIn } from '../gateway/open-gateway.ts';
import type { OpenGateway } from '../gateway/open-gateway.ts';

const startAt = Date.UTC(2026, 4, 1);
const range = `from=${startAt}&to=${startAt + 3_600_000}`;

describe('what the gateway tells of the lake', () => {
  const series = createMemorySeriesStore();
  const signals = createMemorySignalStore();
  let doors: OpenGateway;
  let rangeReads = 0;

  beforeAll(async () => {
    const read: typeof series.range = (...question) => {
      rangeReads += 1;
      return series.range(...question);
    };
    const figures = createMemoryLakeFigures({ series, signals });
    doors = await openGateway({
      lake: {
        charts: createChartReader({ series }),
        bands: { band: async () => undefined },
        anomalies: createMemoryAnomalyStore(),
        topology: createMemoryTopologyStore(),
        signals,
        catalogue: createLakeCatalogue({ series, figures, log: { lag: async () => [] }, now: Date.now }),
        samples: createSampleExport({ series: { ...series, range: read } }),
      },
    });
    for (const host of ['a', 'b', 'c']) await append('cpu', host, [1, 2, 4, 1]);
    await signals.append(acme, [
      { kind: 'log', id: 'l', asset: AssetId.parse('web'), at: startAt, body: 'x', severity: 'high', labels: {} },
      { kind: 'log', id: 'm', asset: AssetId.parse('web'), at: startAt, body: 'x', severity: 'info', labels: {} },
    ]);
  });
  afterAll(() => doors.close());

  async function append(metric: string, host: string, values: readonly number[]): Promise<void> {
    const words = { asset: AssetId.parse('web'), metric, labels: { host } };
    const times = values.map((_, index) => startAt + index * 15_000);
    await series.append(acme, [{ series: { id: seriesIdOf(acme, words), ...words }, times, values }]);
  }

  const bodyOf = async (path: string): Promise<Record<string, unknown>> => {
    const response = await doors.request(path);
    expect(response.status).toBe(200);
    return (await response.json()) as Record<string, unknown>;
  };

  it('tells figures, series by a selector, and cardinality', async () => {
    expect(await bodyOf('/api/v1/lake/stats')).toMatchObject({ series: 3, samples: 12, bytesPerSample: 16 });
    const listed = await bodyOf(`/api/v1/lake/series?match=${encodeURIComponent('cpu{host=~"a|b"}')}&limit=1`);
    expect(listed).toMatchObject({ matching: 2, series: [{ series: { labels: { host: 'a' } } }] });
    expect(await bodyOf('/api/v1/lake/cardinality?limit=1')).toMatchObject({
      series: 3,
      pairs: [{ metric: 'cpu', label: 'host', values: 3, series: 3 }],
    });
  });

  it('tells another tenant nothing, and nobody without a key', async () => {
    const key = await doors.keyOf('viewer', other);
    for (const path of ['stats', 'series', 'cardinality']) {
      const answer = await (await doors.request(`/api/v1/lake/${path}`, {}, key)).json();
      expect(answer).toMatchObject(path === 'series' ? { matching: 0 } : { series: 0 });
      expect((await doors.request(`/api/v1/lake/${path}`, {}, '')).status).toBe(401);
    }
    const file = await doors.request(`/api/v1/lake/export?${range}`, {}, key);
    expect(await file.text()).toBe('time,asset,metric,unit,value\n');
    expect((await doors.request(`/api/v1/lake/export?${range}`, {}, '')).status).toBe(401);
  });

  it('hands out CSV and Parquet, each with its media type', async () => {
    const csv = await doors.request(`/api/v1/lake/export?${range}&match=${encodeURIComponent('{host="b"}')}`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect((await csv.text()).split('\n')[1]).toBe('2026-05-01T00:00:00.000Z,web,cpu,,1,b');
    const parquet = await doors.request(`/api/v1/lake/export?${range}&format=parquet`);
    expect(parquet.headers.get('content-type')).toBe('application/vnd.apache.parquet');
    const bytes = Buffer.from(await parquet.arrayBuffer());
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
  });

  it.each([
    [`/api/v1/lake/export?${range}&match=cpu[5m]`, 'match'],
    [`/api/v1/lake/export?from=${startAt}&to=${startAt}`, 'to'],
    [`/api/v1/lake/export?${range}&format=xml`, 'format'],
    ['/api/v1/lake/series?limit=0', 'limit'],
    [`/api/v1/signals?${range}&after=5:metric:x`, 'after'],
    ['/api/v1/lake/cardinality?limit=101', 'limit'],
    [`/api/v1/series?${range}&function=median`, 'function'],
  ])('refuses %s and names the field', async (path, field) => {
    const problem = await problemIn(await doors.request(path));
    expect([problem.status, problem.field]).toEqual([400, field]);
  });

  it('reads no further for a reader that has gone', async () => {
    // Five reads; what the sockets hold is less than one of them.
    const values = Array.from({ length: 20_000 }, () => 1.5);
    for (let index = 0; index < 50; index += 1) await append(`large${index}`, 'z', values);
    rangeReads = 0;
    const gone = new AbortController();
    const response = await doors.request(`/api/v1/lake/export?from=0&to=${startAt + 1e10}`, { signal: gone.signal });
    await response.body?.getReader().read();
    gone.abort();
    let before = -1;
    const isQuiet = (): boolean => {
      const same = rangeReads === before;
      before = rangeReads;
      return same;
    };
    await vi.waitFor(() => expect(isQuiet()).toBe(true), { timeout: 30_000, interval: 200 });
    expect(rangeReads).toBeLessThan(4);
  });

  it('charts what a selector means, with a function of the steps', async () => {
    const found = await bodyOf(
      `/api/v1/series?${range}&stepMs=60000&function=increase&match=${encodeURIComponent('cpu{host!="c"}')}`,
    );
    // 1 to 2 to 4, then set back to 1: 1 + 2 + 1.
    expect(found['series']).toMatchObject([
      { series: { labels: { host: 'a' } }, times: [startAt], max: [4], values: [4] },
      { series: { labels: { host: 'b' } }, times: [startAt], max: [4], values: [4] },
    ]);
    const plain = await bodyOf(`/api/v1/series?${range}&stepMs=60000&metric=cpu&label=host%3Da`);
    expect(plain['series']).toMatchObject([{ min: [1], max: [4], count: [4] }]);
    expect(JSON.stringify(plain)).not.toContain('values');
  });

  it('pages through signals, each once, also where far more are of one millisecond than a page holds', async () => {
    const at = startAt + 7_200_000;
    const ids = Array.from({ length: 2500 }, (_, number) => `one:${number}`);
    const words = { asset: AssetId.parse('web'), at, labels: {} };
    await signals.append(acme, [
      ...ids.map((id) => ({ ...words, kind: 'log' as const, id, body: 'x', severity: 'info' as const })),
      { ...words, kind: 'change', id: 'one:0', change: 'deploy', title: 'one' },
      { ...words, at: at - 1, kind: 'change', id: 'earlier', change: 'deploy', title: 'two' },
    ]);
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page < 10; page += 1) {
      const found = await bodyOf(`/api/v1/signals?from=${at - 1}&to=${at + 1}&limit=1000${after}`);
      // As the contract says.
      for (const { kind, id } of found['signals'] as { kind: string; id: string }[]) seen.push(`${kind} ${id}`);
      if (typeof found['next'] !== 'string') break;
      after = `&after=${encodeURIComponent(found['next'])}`;
    }
    expect(seen).toHaveLength(2502);
    expect(seen.at(-1)).toBe('change earlier');
    expect(new Set(seen)).toEqual(new Set([...ids.map((id) => `log ${id}`), 'change one:0', 'change earlier']));
  });

  it('finds signals by severity', async () => {
    expect(await bodyOf(`/api/v1/signals?${range}&severity=high`)).toMatchObject({ signals: [{ id: 'l' }] });
  });
});
