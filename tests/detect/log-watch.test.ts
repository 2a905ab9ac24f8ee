import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { Anomaly, type AnomalyEvent } from '@heliosiq/model';
import { createLogPatternMiner } from '@heliosiq/model/log-pattern-miner.ts';
import type { StateStore } from '@heliosiq/ports';
import { expect, test, vi } from 'vitest';
import { assetLogScope } from '../../packages/detect/src/log-watch/asset-logs.ts';
import { type LogWatch, createLogWatch } from '../../packages/detect/src/log-watch/log-watch.ts';
import { defaultSeriesSettings } from '../../packages/detect/src/series-settings.ts';
import { type ServiceLine, letters, logService, serviceAsset } from '../../packages/detect/src/testing/log-service.ts';
import { logRecordsOf, logTenant, watchRecords } from '../../packages/detect/src/testing/watched-logs.ts';

// Days of logs: the machine may be busy.
vi.setConfig({ testTimeout: 120_000 });

const dayMinutes = 1440;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function watchOn(states: StateStore = createMemoryStateStore()): LogWatch {
  const meter = createMemoryMeter();
  return createLogWatch({ states, logger: createMemoryLogger(), meter, series: defaultSeriesSettings });
}

/** A service in normal use, with few requests so that the tests are quick. */
function serviceLines(minutes: number, seed = 77): ServiceLine[] {
  return [...logService({ seed, minutes, requestsPerMinute: 2 })];
}

function merged(...parts: readonly (readonly ServiceLine[])[]): ServiceLine[] {
  return parts.flat().sort((a, b) => a.at - b.at);
}

async function found(lines: readonly ServiceLine[]): Promise<AnomalyEvent[]> {
  return watchRecords(watchOn(), logRecordsOf(lines, serviceAsset));
}

/** The last state of every anomaly that began in a stretch. */
function anomaliesOf(events: readonly AnomalyEvent[], from = -Infinity, to = Infinity): Anomaly[] {
  const latest = new Map(events.map(({ anomaly }) => [anomaly.id, anomaly]));
  return [...latest.values()].filter(({ startedAt }) => startedAt >= from && startedAt < to);
}

const twoDays = serviceLines(2 * dayMinutes);
const begin = twoDays[0]?.at ?? 0;
/** When the second day is half over. */
const noon = begin + 36 * hourMs;

test('five quiet days of a service bring two anomalies at most', async () => {
  expect(anomaliesOf(await found(serviceLines(5 * dayMinutes))).length).toBeLessThanOrEqual(2);
});

test('an error that was never written before is told once, while it lasts, with its numbers, pattern and example', async () => {
  const body = 'ERROR cannot open /var/lib/orders/17.db: no space left on device';
  const lines = Array.from(
    { length: 20 },
    (_, index) => ({ at: noon + index * 30_000, body, severity: 'info' }) as const,
  );
  const events = await found(merged(twoDays, lines));
  const [anomaly, ...others] = anomaliesOf(events, noon, noon + hourMs);
  expect(others).toEqual([]);
  const id = createLogPatternMiner().observe(body).id;
  expect(anomaly).toMatchObject({
    ...{ detector: 'log-new-pattern', status: 'closed', startedAt: noon, lastSeenAt: noon + 19 * 30_000, value: 1 },
    series: { asset: serviceAsset, metric: 'log_new_error_patterns', labels: { pattern: id } },
  });
  expect(Anomaly.safeParse(anomaly).success).toBe(true);
  expect(anomaly?.score).toBeGreaterThanOrEqual(anomaly?.threshold ?? 1);
  for (const quoted of [
    String(anomaly?.value),
    String(anomaly?.expected),
    String(anomaly?.deviation),
    body,
    'ERROR cannot open <path>',
  ]) {
    expect(anomaly?.explanation).toContain(quoted);
  }
});

test('a deploy that brings thirty kinds of lines, one of them an error, is one anomaly that names the error', async () => {
  const news = Array.from({ length: 30 }, (_, index) => ({
    at: noon + index * 7000,
    body: `module ${letters(index)} of release ${letters(index * 3)} uses ${letters(index * 5)}`,
    severity: 'info' as const,
  }));
  const error = { at: noon + 60_000, body: 'ERROR plugin payments refused its settings', severity: 'high' } as const;
  const anomalies = anomaliesOf(await found(merged(twoDays, news, [error])), noon - 1, noon + hourMs);
  expect(anomalies.map(({ detector }) => detector)).toEqual(['log-new-pattern']);
  expect(anomalies[0]?.value).toBeGreaterThanOrEqual(10);
  expect(anomalies[0]?.explanation).toContain('ERROR plugin payments refused its settings');
});

test('new names in known lines are no news', async () => {
  const lines = Array.from({ length: 50 }, (_, index) => ({
    at: noon + index * 1000,
    body: `session opened for user ${letters(1000 + index)}`,
    severity: 'info' as const,
  }));
  const anomalies = anomaliesOf(await found(merged(twoDays, lines)), noon - 1, noon + hourMs);
  expect(anomalies.filter(({ detector }) => detector === 'log-new-pattern')).toEqual([]);
});

test('a known error that comes in hundreds is told as a rate, with what is usual', async () => {
  const lines = Array.from({ length: 600 }, (_, index) => ({
    at: noon + index * 500,
    body: `ERROR bad request from 10.0.0.${index % 9}: no field name`,
    severity: 'high' as const,
  }));
  const early = { at: begin + 1000, body: 'ERROR bad request from 10.0.0.1: no field name', severity: 'high' } as const;
  const anomalies = anomaliesOf(await found(merged(twoDays, [early], lines)), noon - minuteMs, noon + hourMs);
  const rate = anomalies.find(({ series }) => series.metric === 'log_error_lines_per_minute');
  expect(rate).toMatchObject({ detector: 'log-rate', direction: 'up' });
  expect(rate?.value).toBeGreaterThan(100);
  expect(rate?.upper).toBeLessThan(10);
  expect(rate?.explanation).toContain(String(rate?.value));
});

test('a heartbeat that stops is told once, and is over when it comes back', async () => {
  const isMissing = ({ at, body }: ServiceLine): boolean =>
    body.startsWith('heartbeat') && at >= noon && at < noon + hourMs;
  const anomalies = anomaliesOf(
    await found(twoDays.filter((line) => !isMissing(line))),
    noon - 2 * minuteMs,
    noon + hourMs,
  );
  expect(anomalies.map(({ detector, status }) => [detector, status])).toEqual([['log-vanished-pattern', 'closed']]);
  const [anomaly] = anomalies;
  expect(anomaly?.endedAt).toBeGreaterThanOrEqual(noon + hourMs);
  expect(anomaly?.explanation).toContain('heartbeat <number> queue <number> workers <number>');
  expect(anomaly?.explanation).toContain(String(anomaly?.expected));
});

test('when the whole service is silent, none of its patterns is missing', async () => {
  const awake = twoDays.filter(({ at }) => at < noon || at >= noon + 8 * hourMs);
  const anomalies = anomaliesOf(await found(awake), noon - 10 * minuteMs);
  expect(anomalies.filter(({ detector }) => detector === 'log-vanished-pattern')).toEqual([]);
});

const troubled = merged(
  serviceLines(dayMinutes),
  Array.from({ length: 40 }, (_, index) => ({
    at: begin + 20 * hourMs + index * 20_000,
    body: `ERROR upstream ${index} is gone`,
    severity: 'high' as const,
  })),
).filter(({ at, body }) => !(body.startsWith('heartbeat') && at >= begin + 21 * hourMs));

test('what is found depends on the lines alone, not on how they are cut or on what comes twice', async () => {
  const records = logRecordsOf(troubled, serviceAsset);
  const whole = await watchRecords(watchOn(), records, records.length);
  expect(anomaliesOf(whole).map(({ detector }) => detector)).toEqual(
    expect.arrayContaining(['log-new-pattern', 'log-vanished-pattern']),
  );
  const twice: typeof records = [];
  for (let start = 0; start < records.length; start += 500)
    twice.push(...records.slice(Math.max(0, start - 200), start + 500));
  const again = await watchRecords(watchOn(), twice, 300);
  const byId = (events: readonly AnomalyEvent[]) => events.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  expect(byId(again)).toEqual(byId(whole));
});

test('a process that dies between saves goes on as if nothing had happened', async () => {
  const records = logRecordsOf(troubled, serviceAsset);
  const whole = await watchRecords(watchOn(), records, 100);
  const states = createMemoryStateStore();
  const events: AnomalyEvent[] = [];
  const step = 700;
  for (let start = 0; start < records.length; start += step) {
    // The first watch dies after it told and before it saved; the second sees the records again.
    const unsaved = watchOn(states);
    const batch = {
      tenantId: logTenant,
      partition: 0,
      records: records.slice(start, start + step),
      breathe: () => undefined,
    };
    await unsaved.observe(batch);
    events.push(...(await watchRecords(watchOn(states), batch.records, step)));
  }
  expect(new Set(events.map(keyOf))).toEqual(new Set(whole.map(keyOf)));
  expect(anomaliesOf(events)).toEqual(anomaliesOf(whole));
});

test('an asset with endless kinds of lines keeps a bounded state and is not told again and again', async () => {
  const states = createMemoryStateStore();
  const watch = watchOn(states);
  const lines = Array.from({ length: 5000 }, (_, index) => ({
    at: begin + index * 20_000,
    body: `${letters(index)} ${letters(index * 3 + 1)} ${letters(index * 7 + 2)}`,
    severity: 'high' as const,
  }));
  const events = await watchRecords(watch, logRecordsOf(lines, serviceAsset));
  expect(anomaliesOf(events).length).toBeLessThanOrEqual(3);
  const [state] = await states.get(logTenant, assetLogScope, [serviceAsset]);
  expect(state?.bytes.length).toBeLessThan(100_000);
});

function keyOf({ kind, anomaly }: AnomalyEvent): string {
  return `${anomaly.id} ${anomaly.revision} ${kind}`;
}
