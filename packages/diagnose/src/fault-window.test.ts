import { expect, test } from 'vitest';
import { faultWindow } from './fault-window.ts';
import { anomalyAt } from './testing/anomaly-fixture.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const T0 = 1_700_000_000_000;
const incident = { startedAt: T0, lastSeenAt: T0 + 10 * MINUTE_MS };

test('the window begins one sampling interval before the first member and ends after the last', () => {
  const members = [
    anomalyAt('shop', { startedAt: T0, lastSeenAt: T0 + 5 * MINUTE_MS }),
    anomalyAt('index', { startedAt: T0 - MINUTE_MS, lastSeenAt: T0 + 8 * MINUTE_MS }),
  ];
  expect(faultWindow(incident, members, MINUTE_MS)).toEqual({ from: T0 - 2 * MINUTE_MS, to: T0 + 9 * MINUTE_MS });
});

test('blips gathered hours before the trouble do not stretch the window', () => {
  const blip = anomalyAt('cart', { startedAt: T0 - 9 * HOUR_MS, lastSeenAt: T0 - 9 * HOUR_MS });
  const trouble = anomalyAt('shop', { startedAt: T0, lastSeenAt: T0 + 5 * MINUTE_MS });
  expect(faultWindow(incident, [trouble, blip], MINUTE_MS).from).toBe(T0 - MINUTE_MS);
});

test('a trouble that outweighs a late blip keeps the window', () => {
  const trouble = ['shop', 'search', 'index'].map((asset) => anomalyAt(asset, { startedAt: T0, lastSeenAt: T0 }));
  const blip = anomalyAt('cart', { startedAt: T0 + 2 * HOUR_MS, lastSeenAt: T0 + 2 * HOUR_MS });
  expect(faultWindow(incident, [...trouble, blip], MINUTE_MS)).toEqual({ from: T0 - MINUTE_MS, to: T0 + MINUTE_MS });
});

test('a trouble that goes on for a day is looked at where it began', () => {
  const long = anomalyAt('shop', { startedAt: T0, lastSeenAt: T0 + 24 * HOUR_MS });
  const { from, to } = faultWindow(incident, [long], MINUTE_MS);
  expect(from).toBe(T0 - MINUTE_MS);
  expect(to - from).toBe(6 * HOUR_MS);
});

test("an alert's incident, which has no anomaly, goes by its own times", () => {
  expect(faultWindow(incident, [], MINUTE_MS)).toEqual({ from: T0 - MINUTE_MS, to: T0 + 11 * MINUTE_MS });
});
