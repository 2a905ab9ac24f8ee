import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { createMemoryTuningStore } from '@heliosiq/adapters/memory/tuning-store.ts';
import { type Anomaly, AssetId, type Principal, type SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { AnomalyStore, EventLog, NewRecord, StateStore, TuningStore } from '@heliosiq/ports';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDetect, detectGroup } from '../../packages/detect/src/detect.ts';
import { createDetectionDesk } from '../../packages/detect/src/feedback/detection-desk.ts';
import { createNormal } from '../../packages/detect/src/testing/random-series.ts';
import { announcedById, tenantId } from './fault-recording.ts';

const startMs = Date.UTC(2026, 0, 5);
const minuteMs = 60_000;
const assets = ['pump a', 'pump b', 'pump c', 'pump d', 'pump e', 'pump f'] as const;
const metrics = ['flow', 'heat', 'current', 'vibration'] as const;
const rows = 900;
const rowsPerRecord = 10;

function seriesOf(asset: string, metric: string): SeriesRef {
  const named = { asset: AssetId.parse(asset), metric, labels: {} };
  return { id: seriesIdOf(tenantId, named), ...named };
}

/** Six pumps that share one lane: pump b moves as a whole at row 500 to 640, pump c is silent from row 700 to 800. */
async function recordedWith(registry: ReturnType<typeof createMemorySeriesRegistry>): Promise<readonly NewRecord[]> {
  const series = assets.flatMap((asset) => metrics.map((metric) => seriesOf(asset, metric)));
  const refs = await registry.register(tenantId, series);
  const normal = createNormal(77);
  const records: NewRecord[] = [];
  for (let from = 0; from < rows; from += rowsPerRecord) {
    const columns = { refs: [] as number[], times: [] as number[], values: [] as number[] };
    for (let row = from; row < from + rowsPerRecord; row += 1) {
      for (const [index, { asset, metric }] of series.entries()) {
        const noise = normal();
        if (asset === 'pump c' && row >= 700 && row < 800) continue;
        const shift =
          asset === 'pump b' && row >= 500 && row < 640 ? (metric === 'heat' ? 6 : metric === 'current' ? 3 : 0) : 0;
        columns.refs.push(refs[index] ?? 0);
        columns.times.push(startMs + row * minuteMs);
        columns.values.push(50 + noise + shift);
      }
    }
    const typed = {
      refs: Float64Array.from(columns.refs),
      times: Float64Array.from(columns.times),
      values: Float64Array.from(columns.values),
    };
    const value = encodeSampleColumns(typed, Int32Array.from(typed.refs.keys()), { from: 0, to: typed.refs.length });
    // One key for all, so that they are of one partition whatever their names hash to.
    records.push({ key: 'lane-0', id: `pumps-${from}`, value });
  }
  return records;
}

const registry = createMemorySeriesRegistry();
const records = await recordedWith(registry);

let log: EventLog;
let states: StateStore;
let anomalies: AnomalyStore;
let tunings: TuningStore;
let stop: AbortController;
let running: Promise<void> | undefined;

function openWorld(): void {
  log = createMemoryEventLog();
  states = createMemoryStateStore();
  anomalies = createMemoryAnomalyStore();
  tunings = createMemoryTuningStore();
}

function start(): void {
  stop = new AbortController();
  running = createDetect({
    ...{ log, registry, states, anomalies, tunings },
    meter: createMemoryMeter(),
    logger: createMemoryLogger(),
    settings: { saveAfterMs: 5 },
  }).run(stop.signal);
  running.catch(() => undefined);
}

async function finish(): Promise<void> {
  stop.abort();
  await Promise.allSettled([running]);
}

async function sent(some: readonly NewRecord[]): Promise<void> {
  await log.append(tenantId, 'signals', some);
  await vi.waitFor(
    async () => {
      const lag = (await log.lag()).filter(({ group }) => group === detectGroup);
      expect(lag.length).toBeGreaterThan(0);
      expect(lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0)).toBe(0);
    },
    { timeout: 30_000, interval: 5 },
  );
}

/** All that detectors of assets found, and what they announced. */
async function outcome() {
  const found = await anomalies.find(tenantId, {}, { limit: 1000 });
  const stored = found
    .filter(({ detector }) => detector !== 'series-model')
    .toSorted((a, b) => a.id.localeCompare(b.id));
  const events = [...(await announcedById(log))].filter(([id]) => stored.some((one) => id.startsWith(one.id)));
  return { stored, announced: Object.fromEntries(events.toSorted(([a], [b]) => a.localeCompare(b))) };
}

/** Far more than it takes: a busy machine must not fail it. */
vi.setConfig({ testTimeout: 120_000 });

beforeEach(openWorld);
afterEach(async () => {
  await finish();
  await log[Symbol.asyncDispose]();
});

const byDetector = (stored: readonly Anomaly[], detector: string) => stored.filter((one) => one.detector === detector);

test('an asset that moves as a whole is one anomaly that names its series with shares, a silent one is another', async () => {
  start();
  await sent(records);
  const { stored } = await outcome();
  const [shift, ...moreShifts] = byDetector(stored, 'asset-shift');
  expect(moreShifts).toEqual([]);
  expect(shift).toMatchObject({ status: 'closed', direction: 'up', series: { asset: 'pump b', metric: 'heat' } });
  expect(shift?.startedAt).toBeGreaterThanOrEqual(startMs + 500 * minuteMs);
  expect(shift?.startedAt).toBeLessThan(startMs + 520 * minuteMs);
  expect(shift?.contributors?.[0]?.series.metric).toBe('heat');
  const percent = Math.round(100 * (shift?.contributors?.[0]?.share ?? 0));
  expect(shift?.explanation).toContain(`heat ${percent}%`);
  expect(shift?.explanation).toContain(`heat is ${shift?.value} on average, usually ${shift?.expected}`);
  const [silence, ...moreSilence] = byDetector(stored, 'silence');
  expect(moreSilence).toEqual([]);
  expect(silence).toMatchObject({
    ...{ status: 'closed', startedAt: startMs + 699 * minuteMs, endedAt: startMs + 800 * minuteMs },
    series: { asset: 'pump c', metric: 'silence', unit: 's' },
  });
  expect(silence?.contributors).toHaveLength(4);
});

test('the same anomalies come of it with a restart after every record, and when records come twice', async () => {
  start();
  await sent(records);
  await finish();
  const expected = await outcome();
  await log[Symbol.asyncDispose]();
  openWorld();
  for (let from = 0; from < records.length; from += 9) {
    start();
    await sent(records.slice(Math.max(0, from - 3), from + 9));
    await finish();
  }
  const again = await outcome();
  expect(again.stored).toEqual(expected.stored);
  expect(again.announced).toEqual(expected.announced);
});

test('what people dismiss is stored but not announced any more, until they take it back', async () => {
  const desk = createDetectionDesk({
    ...{ anomalies, tunings, incidents: createMemoryIncidentStore(), series: createMemorySeriesStore() },
    now: () => 0,
  });
  const principal: Principal = { tenantId, actor: 'key:1', role: 'operator' };
  const announcedFor = async (detector: string): Promise<number> => {
    const ids = byDetector((await outcome()).stored, detector).map(({ id }) => id);
    return [...(await announcedById(log)).keys()].filter((id) => ids.some((one) => id.startsWith(one))).length;
  };
  await desk.tune(principal, { kind: 'sensitivity', level: 'off', asset: 'pump b' });
  start();
  await sent(records);
  expect(byDetector((await outcome()).stored, 'asset-shift')).toHaveLength(1);
  expect(await announcedFor('asset-shift')).toBe(0);
  expect(await announcedFor('silence')).toBe(2);
  const [silence] = byDetector((await outcome()).stored, 'silence');
  if (silence === undefined) throw new Error('there is no silence to dismiss');
  const dismissal = await desk.dismiss(principal, silence.id);
  expect((await desk.context(tenantId, silence.id))?.mutedBy).toEqual(dismissal);
  await desk.untune(principal, dismissal.id);
  expect((await desk.context(tenantId, silence.id))?.mutedBy).toBeUndefined();
  await expect(desk.untune(principal, dismissal.id)).rejects.toMatchObject({ code: 'not-found' });
});
