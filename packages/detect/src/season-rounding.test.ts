import { expect, test } from 'vitest';
import { roundSlot, seasonUnit } from './season-rounding.ts';
import { SCALAR, createSeriesState } from './series-state.ts';

function stateOf(reach: number, size: number) {
  const state = createSeriesState();
  state.scalars[SCALAR.levelBodyUp] = reach;
  state.scalars[SCALAR.levelBodyDown] = reach;
  state.scales[0] = size;
  return state;
}

test('the unit is a power of two far below the reach of the noise, and follows it', () => {
  for (const reach of [1e-6, 0.3, 1, 7, 1e9]) {
    const unit = seasonUnit(stateOf(reach, 0));
    expect(Number.isInteger(Math.log2(unit))).toBe(true);
    expect(unit).toBeLessThanOrEqual(reach / 16);
    expect(unit).toBeGreaterThan(reach / 33);
  }
});

test('where most departures are none their mean size decides, and where all are none nothing is rounded', () => {
  expect(seasonUnit(stateOf(0, 64))).toBe(1);
  expect(seasonUnit(stateOf(0, 0))).toBe(0);
  const means = Float32Array.of(0.123);
  roundSlot(means, 0, 0);
  expect(means[0]).toBe(Math.fround(0.123));
});

test('a mean is rounded to a multiple of the unit, to zero without a sign where it is less', () => {
  const means = Float32Array.of(0.7, -0.1, 1e20);
  for (const slot of means.keys()) roundSlot(means, slot, 0.25);
  expect([...means]).toEqual([0.75, 0, Math.fround(1e20)]);
});
