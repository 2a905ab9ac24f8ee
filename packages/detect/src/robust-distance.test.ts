import { expect, test } from 'vitest';
import { robustDistance } from './robust-distance.ts';
import { createSeriesState } from './series-state.ts';
import { createNormal } from './testing/random-series.ts';

/** Decades of the last value after the given ones. */
function distanceAfter(values: readonly number[], last: number, dayResidual = Number.NaN): number {
  const state = createSeriesState();
  for (const value of values) robustDistance(state, value, Number.isNaN(dayResidual) ? Number.NaN : value);
  return robustDistance(state, last, dayResidual);
}

const noise = (length: number): number[] => {
  const normal = createNormal(7);
  return Array.from({ length }, () => normal());
};

test('five standard deviations are about three and a half decades', () => {
  const decades = distanceAfter(noise(600), 5);
  expect(decades).toBeGreaterThan(2.8);
  expect(decades).toBeLessThan(4.3);
});

test('a spike that comes back every fifty samples stays far from normal', () => {
  const values = noise(1000).map((value, i) => (i % 50 === 25 ? 30 : value));
  expect(distanceAfter(values, 30)).toBeGreaterThan(3);
});

test('the small values of a series that is silent but for rare large bursts are no distance', () => {
  const values = Array.from({ length: 3000 }, (_, i) => (i % 500 < 5 ? 400 : 0));
  expect(distanceAfter(values, 0.125)).toBeLessThan(0.1);
});

test('a distance from the level that is usual at this time of day does not count', () => {
  const values = noise(600);
  expect(distanceAfter(values, 9, 0.1)).toBeLessThan(0.5);
});

test('nothing is said before twenty samples, and the first change of a constant is far', () => {
  expect(distanceAfter(noise(10), 100)).toBe(0);
  expect(
    distanceAfter(
      Array.from({ length: 100 }, () => 5),
      5,
    ),
  ).toBe(0);
  expect(
    distanceAfter(
      Array.from({ length: 100 }, () => 5),
      5.1,
    ),
  ).toBe(8);
});
