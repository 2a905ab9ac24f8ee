import { expect, test } from 'vitest';
import { measureBody } from './body-distance.ts';
import { createNormal } from './testing/random-series.ts';

/** Distance of the last value after the given ones. */
function distanceAfter(values: readonly number[], last: number): number {
  const scalars = new Float64Array(3);
  const seen = { value: 0, count: 0, size: 0, grain: 1e-9, distance: 0 };
  for (const value of [...values, last]) {
    seen.value = value;
    seen.count += 1;
    measureBody(scalars, 0, seen);
    seen.size += (Math.abs(value) - seen.size) / seen.count;
  }
  return seen.distance;
}

const noise = (length: number): number[] => {
  const normal = createNormal(7);
  return Array.from({ length }, () => normal());
};

test('five standard deviations of normal noise are seven to eight reaches of its middle half', () => {
  const distance = distanceAfter(noise(5000), 5);
  expect(distance).toBeGreaterThan(6);
  expect(distance).toBeLessThan(9);
});

test('a spike that comes back every twenty samples stays as far away as it is', () => {
  const values = noise(5000).map((value, i) => (i % 20 === 10 ? 30 : value));
  expect(distanceAfter(values, 30)).toBeGreaterThan(25);
});

test('a skewed quantity has its own reach on each side', () => {
  const skewed = noise(5000).map((value) => Math.exp(value));
  expect(distanceAfter(skewed, 6)).toBeLessThan(distanceAfter(skewed, -6));
});

test('any change of a constant is far', () => {
  const constant = Array.from({ length: 100 }, () => 0);
  expect(distanceAfter(constant, 0)).toBe(0);
  expect(distanceAfter(constant, 0.1)).toBeGreaterThan(1e6);
});
