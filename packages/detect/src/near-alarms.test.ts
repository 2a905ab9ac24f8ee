import { expect, test } from 'vitest';
import { nearAlarmCost } from './near-alarms.ts';
import { SCALAR, createSeriesState } from './series-state.ts';
import { START_MS, STEP_MS } from './testing/random-series.ts';

const HOUR_SAMPLES = 12;
const DAY_SAMPLES = 288;

/** What the last of so many spells costs that begin so many samples apart. */
function costOfLast(spells: number, apartSamples: number): number {
  const { scalars } = createSeriesState();
  let cost = 0;
  for (let i = 1; i <= spells; i++) {
    const count = i * apartSamples;
    cost = nearAlarmCost(scalars, { ms: START_MS + count * STEP_MS, count });
  }
  return cost;
}

test('a series that comes near an alarm now and then pays nothing', () => {
  expect(costOfLast(1, DAY_SAMPLES)).toBe(0);
  expect(costOfLast(100, DAY_SAMPLES)).toBe(0);
});

test('one that comes near an alarm every few hours pays, and the more the more often', () => {
  const often = costOfLast(200, 6 * HOUR_SAMPLES);
  const moreOften = costOfLast(200, 2 * HOUR_SAMPLES);
  expect(often).toBeGreaterThan(0.3);
  expect(moreOften).toBeGreaterThan(often);
  expect(moreOften).toBeLessThan(2);
});

test('samples close together are one spell, however many', () => {
  expect(costOfLast(1000, 1)).toBe(0);
});

test('what was long ago is forgiven', () => {
  const { scalars } = createSeriesState();
  let count = 0;
  const spell = (): number => {
    count += HOUR_SAMPLES;
    return nearAlarmCost(scalars, { ms: START_MS + count * STEP_MS, count });
  };
  for (let i = 0; i < 60; i++) spell();
  expect(spell()).toBeGreaterThan(0.5);
  count += 60 * DAY_SAMPLES;
  expect(spell()).toBe(0);
  expect(scalars[SCALAR.nearSpells]).toBeLessThan(3);
});
