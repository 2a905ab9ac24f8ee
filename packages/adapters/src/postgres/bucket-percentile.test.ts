import { describe, expect, it } from 'vitest';
import { randomOf } from '../testing/random-numbers.ts';
import { besideMax, digitsOf, percentileAt, percentileOf } from './bucket-percentile.ts';

const digits = { places: 16, isCut: true } as const;

describe('percentiles of logarithmic buckets', () => {
  it('are found in what was written down of them, as the same value again', () => {
    const random = randomOf(31);
    let found = 0;
    for (let round = 0; round < 2000; round += 1) {
      const parts = 1 + Math.floor(random() * 300);
      const given = { bucket: Math.floor(random() * 60) - 45, parts, below: Math.floor(random() * parts) };
      const value = percentileAt(given, digits, Math.floor(random() * 3) - 1);
      const percentile = percentileOf(value, digits);
      if (percentile === undefined) continue;
      found += 1;
      expect(percentileAt(percentile, digits, percentile.beside)).toBe(value);
      expect(Math.abs(percentile.beside)).toBeLessThanOrEqual(besideMax);
      expect(percentile.parts).toBeLessThanOrEqual(parts);
    }
    expect(found).toBeGreaterThan(1950);
  });

  it('are these numbers on every machine, as far as they are written down', () => {
    // By the definition, at 60 digits.
    const at = (bucket: number, below: number, parts: number): number =>
      percentileAt({ bucket, below, parts }, digits, 0);
    expect(at(0, 0, 1)).toBe(1);
    expect(at(1, 0, 1)).toBe(1.1);
    expect(at(-41, 0, 1)).toBe(0.0200862983201636);
    expect(at(-41, 1, 2)).toBe(0.0210666874051728);
    expect(at(-41, 1, 3)).toBe(0.0207346863490295);
    expect(at(290, 1, 7)).toBe(1022802866772.1028);
    expect(at(-290, 6, 7)).toBe(1.0754e-12);
  });

  it('are not seen in noise, in short decimals, or in what no logarithm knows', () => {
    const random = randomOf(32);
    const noise = Float64Array.from({ length: 500 }, () => Number((0.01 + random()).toFixed(16)));
    expect(digitsOf(noise)).toBeUndefined();
    expect(digitsOf(Float64Array.from({ length: 500 }, (_, index) => index / 100))).toBeUndefined();
    expect(digitsOf(new Float64Array())).toBeUndefined();
    for (const value of [0, -0, -1.1, Number.NaN, Infinity, -Infinity, 5e-324, 1e300]) {
      expect(percentileOf(value, digits)).toBeUndefined();
    }
  });

  it('tell whether digits were cut or rounded, and how many there are', () => {
    for (const isCut of [true, false]) {
      const given = { places: 16, isCut };
      const values = Float64Array.from({ length: 200 }, (_, index) =>
        percentileAt({ bucket: -30 - (index % 5), parts: 2 + (index % 11), below: 1 }, given, 0),
      );
      expect(digitsOf(values)).toEqual(given);
    }
  });
});
