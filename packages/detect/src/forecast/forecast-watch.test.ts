import { AssetId, type SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { describe, expect, test } from 'vitest';
import { START_MS, createNormal } from '../testing/random-series.ts';
import { anomalyEventOfForecast } from './anomaly-of-forecast.ts';
import { fillShapeOf } from './fill-shape.ts';
import { forecastDefaults } from './forecast-settings.ts';
import { type ForecastChange, createForecastNumbers, observeFill } from './forecast-watch.ts';

const tenantId = TenantId.parse('acme');
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function seriesOf(metric: string, unit?: string): SeriesRef {
  const named = { asset: AssetId.parse('db-1'), metric, labels: {} };
  return { id: seriesIdOf(tenantId, named), ...named, ...(unit === undefined ? {} : { unit }) };
}

/** What is told of a disk that is `percentAt(hour)` full, looked at every five minutes. */
function told(hours: number, percentAt: (hour: number) => number, restarts = false): ForecastChange[] {
  let numbers = createForecastNumbers(forecastDefaults);
  const changes: ForecastChange[] = [];
  for (let index = 0; index < hours * 12; index += 1) {
    const sample = {
      at: START_MS + index * 5 * minuteMs,
      value: percentAt(index / 12),
      shape: { end: 100, direction: 'up' } as const,
    };
    const change = observeFill(numbers, sample, forecastDefaults);
    if (change !== undefined) changes.push(change);
    if (restarts) numbers = new Float64Array(new Uint8Array(numbers.buffer).slice().buffer);
  }
  return changes;
}

const noise = createNormal(5);

describe('a disk that fills', () => {
  // Half a percent an hour from 55%: full after 90 hours.
  const changes = told(88, (hour) => 55 + 0.5 * hour + 0.2 * noise());

  test('is told days ahead, with an interval that holds the truth, and again as it comes closer', () => {
    const [opened, ...later] = changes;
    expect(opened?.kind).toBe('opened');
    const full = START_MS + 90 * hourMs;
    expect(opened === undefined ? 0 : full - opened.toldAt).toBeGreaterThan(24 * hourMs);
    for (const { toldAt, soonestMs, latestMs, inMs } of changes) {
      expect(toldAt + soonestMs).toBeLessThan(full + hourMs);
      expect(toldAt + latestMs).toBeGreaterThan(full - hourMs);
      expect(Math.abs(toldAt + inMs - full)).toBeLessThan(6 * hourMs);
    }
    expect(later.length).toBeGreaterThan(0);
    expect(later.every(({ kind }) => kind === 'updated')).toBe(true);
  });

  test('the sentence quotes the numbers of the fields', () => {
    for (const change of changes) {
      const { anomaly } = anomalyEventOfForecast(tenantId, change, seriesOf('disk_used_percent', '%'));
      const hours = (seconds: number): number => Math.floor(seconds / 3600);
      const quoted = [
        ...anomaly.explanation.matchAll(/(\d+) days?(?: (\d+) hours?)?|(\d+) hours?(?: (\d+) minutes?)?/g),
      ].map(([, days, rest, plain]) => (days === undefined ? Number(plain) : 24 * Number(days) + Number(rest ?? 0)));
      const said = [anomaly.value, anomaly.lower, anomaly.upper].map(hours).filter((one) => one > 0);
      for (const one of said) expect(quoted).toContain(one);
    }
  });

  test('goes on from its bytes', () => {
    const steady = (hour: number): number => 55 + 0.5 * hour;
    expect(told(88, steady, true)).toEqual(told(88, steady));
  });
});

test('a disk that fills within hours is told hours ahead, and is over once it was cleaned', () => {
  const changes = told(30, (hour) => (hour < 20 ? 60 : hour < 26 ? 60 + 6 * (hour - 20) : 40));
  expect(changes.map(({ kind }) => kind)).toContain('opened');
  expect(changes.at(-1)?.kind).toBe('closed');
});

test.each([
  ['stays where it is', () => 97 + 0.3 * noise()],
  ['wanders', (hour: number) => 70 + 8 * Math.sin(hour / 17) + noise()],
  ['fills so slowly that it takes weeks', (hour: number) => 60 + 0.05 * hour + 0.1 * noise()],
  ['is nearly empty', (hour: number) => 3 + 0.1 * hour],
])('nothing is told of a disk that %s', (_, percentAt) => {
  expect(told(24 * 14, percentAt)).toEqual([]);
});

test('a disk that is cleaned every night is told once at most, on the first one', () => {
  const changes = told(24 * 14, (hour) => 60 + 1.4 * (hour % 24) + 0.3 * noise());
  expect(changes.filter(({ toldAt }) => toldAt > START_MS + 25 * hourMs)).toEqual([]);
});

test('names and units tell what can be used up', () => {
  expect(fillShapeOf(seriesOf('disk_used_percent', '%'))).toEqual({ end: 100, direction: 'up' });
  expect(fillShapeOf(seriesOf('system.filesystem.utilization', '1'))).toEqual({ end: 1, direction: 'up' });
  expect(fillShapeOf(seriesOf('node_filesystem_avail_bytes', 'By'))).toEqual({ end: 0, direction: 'down' });
  expect(fillShapeOf(seriesOf('api_quota_remaining'))).toEqual({ end: 0, direction: 'down' });
  for (const metric of ['cpu_used_percent', 'latency', 'disk_read_bytes_total', 'memory_free', 'queue_latency']) {
    expect(fillShapeOf(seriesOf(metric, '%'))).toBeUndefined();
  }
});
