import { describe, expect, it } from 'vitest';
import {
  mergeSketches,
  quantileOf,
  sketchBinsMax,
  sketchCount,
  sketchOf,
  sketchRelativeError,
} from './quantile-sketch.ts';

/** Numbers of many magnitudes and both signs, the same at every run. */
function numbers(count: number): Float64Array {
  let state = 42;
  const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  return Float64Array.from({ length: count }, () => (random() - 0.3) * 10 ** Math.floor(random() * 9 - 3));
}

describe('quantile sketch', () => {
  it('answers every quantile within the stated share of the value of that rank', () => {
    const values = numbers(5000);
    const sorted = values.toSorted();
    const sketch = sketchOf(values, 0, values.length);
    for (const quantile of [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]) {
      const exact = sorted[Math.floor(quantile * (sorted.length - 1))] ?? 0;
      const error = Math.abs(quantileOf(sketch, quantile) - exact);
      expect(error).toBeLessThanOrEqual(Math.abs(exact) * sketchRelativeError * (1 + 1e-9));
    }
  });

  it('is the same whether it was made at once or merged of parts', () => {
    const values = numbers(1000);
    const parts = [0, 100, 101, 640].map((from, index, all) => sketchOf(values, from, all[index + 1] ?? 1000));
    expect(mergeSketches(parts)).toEqual(sketchOf(values, 0, 1000));
    expect(mergeSketches(parts.toReversed())).toEqual(sketchOf(values, 0, 1000));
  });

  it('leaves out what is no finite number and counts zeros of both signs', () => {
    const sketch = sketchOf([Number.NaN, 0, -0, Infinity, 5, -Infinity], 0, 6);
    expect(sketchCount(sketch)).toBe(3);
    expect(quantileOf(sketch, 0)).toBe(0);
    expect(quantileOf(sketchOf([], 0, 0), 0.5)).toBeNaN();
  });

  it('stays within its bins and keeps high quantiles accurate when sizes span all doubles', () => {
    const values = Float64Array.from({ length: 20_000 }, (_, index) => 10 ** (-300 + (600 * index) / 20_000));
    const sketch = sketchOf(values, 0, values.length);
    expect(sketch.positive.keys.length).toBe(sketchBinsMax);
    expect(sketchCount(sketch)).toBe(20_000);
    const exact = values[Math.floor(0.99 * 19_999)] ?? 0;
    expect(Math.abs(quantileOf(sketch, 0.99) / exact - 1)).toBeLessThanOrEqual(sketchRelativeError * (1 + 1e-9));
  });
});
