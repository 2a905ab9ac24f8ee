import { expect, test } from 'vitest';
import { effectDecades, failingPoints, feltDecades, isFelt } from './effect.ts';
import { anomaly } from './testing/recorded.ts';

function latency(value: number, expected: number, unit?: string, metric = 'latency') {
  return anomaly({ asset: 'a', metric, atMinute: 0, value, expected, ...(unit === undefined ? {} : { unit }) });
}

test('nobody feels microseconds, less than a fifth, or what got better', () => {
  expect(isFelt(latency(0.0001, 0.00005, 's'))).toBe(false);
  expect(isFelt(latency(100, 50, undefined, 'call_duration_us'))).toBe(false);
  expect(isFelt(latency(1.15, 1, 's'))).toBe(false);
  expect(isFelt(latency(0.3, 0.25, 'ms'))).toBe(false);
  expect(isFelt(latency(30, 10, 'ms'))).toBe(true);
  expect(isFelt(anomaly({ asset: 'a', direction: 'down', atMinute: 0 }))).toBe(false);
});

test('a share of failing requests is told in percentage points, a count of errors is not', () => {
  const points = (metric: string, value: number, expected: number, unit?: string): number | undefined =>
    failingPoints(
      anomaly({ asset: 'a', metric, atMinute: 0, value, expected, ...(unit === undefined ? {} : { unit }) }),
    );
  expect(points('availability', 81.7, 100, '%')).toBeCloseTo(18.3);
  expect(points('availability', 81.7, 100)).toBeCloseTo(18.3);
  expect(points('error_rate', 0.07, 0.01)).toBeCloseTo(6);
  expect(points('errors', 7, 1)).toBeUndefined();
  expect(points('error_rate', 0.5, 0, '{request}/s')).toBeUndefined();
  expect(points('latency', 7, 1, '%')).toBeUndefined();
});

test('larger effects count and are felt more, within bounds', () => {
  const drop = (value: number) =>
    anomaly({ asset: 'a', metric: 'availability', unit: '%', direction: 'down', atMinute: 0, value, expected: 100 });
  const decades = [99.5, 99, 95, 0].map((value) => effectDecades(drop(value), false));
  expect(decades.map((one) => Number(one.toFixed(2)))).toEqual([0, 0, 1.2, 2]);
  const felt = [99.95, 99, 90, 0].map((value) => feltDecades(drop(value)));
  expect(felt.map((one) => Number(one.toFixed(2)))).toEqual([0.1, 1, 2, 3]);
  expect(feltDecades(latency(1.1, 0.1, 's'))).toBeCloseTo(3);
  expect(effectDecades(latency(100, 0.1, 's'), true)).toBe(1.5);
  expect(effectDecades(latency(100, 0.1, 's'), false)).toBe(0);
});
