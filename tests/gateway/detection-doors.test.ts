import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { createMemoryTuningStore } from '@heliosiq/adapters/memory/tuning-store.ts';
import { createClient } from '@heliosiq/api';
import { AnomalyId, AssetId, type Anomaly, type SeriesRef } from '@heliosiq/model';
import { contentId, seriesIdOf } from '@heliosiq/model/content-id.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBacktester } from '../../packages/detect/src/backtest/backtester.ts';
import { createDetectionDesk } from '../../packages/detect/src/feedback/detection-desk.ts';
import { createAnomalyStandings } from '../../packages/incident/src/anomaly-standing.ts';
import { createNormal } from '../../packages/detect/src/testing/random-series.ts';
import { acme, openGateway } from './open-gateway.ts';

const startMs = Date.UTC(2026, 0, 5);
const stepMs = 300_000;
const weekRows = 2016;
const named = { asset: AssetId.parse('pump'), metric: 'flow', labels: {} };
const series: SeriesRef = { id: seriesIdOf(acme, named), ...named };
const faultRow = 4 * weekRows + 100;

function anomalyAt(row: number): Anomaly {
  const at = startMs + row * stepMs;
  return {
    ...{ id: AnomalyId.parse(contentId('anomaly', String(row))), tenantId: acme, revision: 1, status: 'closed' },
    ...{ series, detector: 'series-model', startedAt: at, peakAt: at, lastSeenAt: at, endedAt: at + stepMs },
    ...{
      score: 0.9999,
      threshold: 0.9994,
      value: 40,
      expected: 10,
      lower: 7,
      upper: 13,
      deviation: 30,
      direction: 'up',
    },
    baseline: { kind: 'level', from: startMs, to: at, samples: row + 1 },
    explanation: 'flow of pump is 40.',
  };
}

const anomalies = createMemoryAnomalyStore();
const store = createMemorySeriesStore();
const signals = createMemorySignalStore();
let gateway: Awaited<ReturnType<typeof openGateway>>;
let client: ReturnType<typeof createClient>;
let viewer: ReturnType<typeof createClient>;

beforeAll(async () => {
  const normal = createNormal(12);
  const times = Float64Array.from({ length: faultRow + 10 }, (_, row) => startMs + row * stepMs);
  const values = times.map((_, row) => (row >= faultRow ? 40 : 10) + normal());
  await store.append(acme, [{ series, times, values }]);
  await anomalies.put(acme, [anomalyAt(500), anomalyAt(faultRow)]);
  const incidents = createMemoryIncidentStore();
  const desk = createDetectionDesk({
    ...{ anomalies, tunings: createMemoryTuningStore(), incidents, series: store },
    now: Date.now,
  });
  const topology = createMemoryTopologyStore();
  const standings = createAnomalyStandings({ anomalies, incidents, topology, now: Date.now });
  const backtester = createBacktester({ series: store, signals, logger: createMemoryLogger() });
  gateway = await openGateway({ detection: { desk, backtester, standings } });
  client = createClient({ baseUrl: gateway.url, token: await gateway.keyOf('operator') });
  viewer = createClient({ baseUrl: gateway.url, token: await gateway.keyOf('viewer') });
});
afterAll(() => gateway.close());

test('the context of an anomaly compares it with the same time of earlier weeks, and shows its like', async () => {
  const context = await viewer.call('readAnomalyContext', { params: { id: anomalyAt(faultRow).id } });
  expect(context.season).toMatchObject({ words: 'the last 4 Mondays, 08:12-08:27 UTC', samples: 12 });
  expect(context.season?.mean).toBeGreaterThan(8);
  expect(context.season?.highest).toBeLessThan(16);
  expect(Math.abs(context.trendPerHour ?? Number.NaN)).toBeLessThan(1);
  expect(context.similar.map(({ anomaly }) => anomaly.id)).toEqual([anomalyAt(500).id]);
  expect(context.standing.incident).toBeUndefined();
  expect(context.standing.reason).toContain('No incident');
  expect(context.chartPath).toBe(`/anomalies/${anomalyAt(faultRow).id}`);
});

test('a dismissal mutes what looks like it, is listed, and is undone by one call; a viewer may do neither', async () => {
  const params = { id: anomalyAt(faultRow).id };
  await expect(viewer.call('dismissAnomaly', { params, body: {} })).rejects.toMatchObject({ code: 'forbidden' });
  const dismissal = await client.call('dismissAnomaly', { params, body: { reason: 'a test of the pump' } });
  expect(dismissal).toMatchObject({ kind: 'dismissal', deviationMax: 36, reason: 'a test of the pump' });
  expect((await viewer.call('listTunings')).tunings).toEqual([dismissal]);
  expect((await viewer.call('readAnomalyContext', { params })).mutedBy).toEqual(dismissal);
  await client.call('removeTuning', { params: { id: dismissal.id } });
  expect((await viewer.call('readAnomalyContext', { params })).mutedBy).toBeUndefined();
  await expect(client.call('removeTuning', { params: { id: dismissal.id } })).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('a holiday is a day of its time zone, and one that there is not is refused', async () => {
  const body = { kind: 'holiday', title: 'Labour Day', date: '2026-05-01', timeZone: 'Europe/Berlin' } as const;
  const day = await client.call('addTuning', { body });
  expect(day).toMatchObject({ from: Date.UTC(2026, 3, 30, 22), to: Date.UTC(2026, 4, 1, 22) });
  const nowhere = { ...body, timeZone: 'Mars/Base' };
  await expect(client.call('addTuning', { body: nowhere })).rejects.toMatchObject({ code: 'invalid-request' });
  await client.call('removeTuning', { params: { id: day.id } });
});

test('a trial run finds the fault in what is stored, fewer things at a low sensitivity, and stores nothing', async () => {
  const range = { from: String(startMs), to: String(startMs + (faultRow + 20) * stepMs) };
  const run = (level: 'lowest' | 'normal' | 'highest') => client.call('runBacktest', { query: { ...range, level } });
  const [lowest, normal, highest] = [await run('lowest'), await run('normal'), await run('highest')];
  expect(normal).toMatchObject({ series: 1, samples: faultRow + 10, isCut: false });
  const isFault = ({ startedAt }: { readonly startedAt: number }): boolean => startedAt === startMs + faultRow * stepMs;
  expect(normal.anomalies.some(isFault)).toBe(true);
  expect(lowest.found).toBeLessThanOrEqual(normal.found);
  expect(highest.found).toBeGreaterThan(normal.found);
  expect(await anomalies.find(acme, {}, { limit: 10 })).toHaveLength(2);
});

test('the noise report counts what there was', async () => {
  const query = { from: String(startMs), to: String(startMs + 5 * weekRows * stepMs) };
  const report = await viewer.call('readNoise', { query });
  expect(report).toMatchObject({ anomalies: 2, isCut: false });
  expect(report.series[0]).toMatchObject({ series: { metric: 'flow' }, anomalies: 2, share: 1 });
});
