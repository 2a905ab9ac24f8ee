import { describe, expect, test } from 'vitest';
import { classicSamplesOf } from './exponential-histogram.ts';
import type { ExponentialHistogram } from './exponential-histogram.ts';

const empty: ExponentialHistogram = {
  scale: 0,
  zeroCount: 0,
  zeroThreshold: 0,
  positive: [],
  negative: [],
  sum: 0,
  count: 0,
};

/** Bounds and cumulative counts, e.g. `1:2 2:5 +Inf:5`. */
function bucketsOf(changes: Partial<ExponentialHistogram>): string {
  return classicSamplesOf({ ...empty, ...changes })
    .filter(({ suffix }) => suffix === '_bucket')
    .map(({ le, value }) => `${le}:${value}`)
    .join(' ');
}

/** What an exponential histogram of the values counts. */
function histogramOf(values: readonly number[], scale: number): ExponentialHistogram {
  const sides = { positive: new Map<number, number>(), negative: new Map<number, number>() };
  let zeroCount = 0;
  for (const value of values) {
    if (value === 0) zeroCount += 1;
    else {
      const side = value > 0 ? sides.positive : sides.negative;
      const index = Math.ceil(Math.log2(Math.abs(value)) * 2 ** scale) - 1;
      side.set(index, (side.get(index) ?? 0) + 1);
    }
  }
  const runsOf = (side: ReadonlyMap<number, number>) =>
    [...side].map(([offset, count]) => ({ offset, counts: [count] }));
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    ...empty,
    scale,
    zeroCount,
    positive: runsOf(sides.positive),
    negative: runsOf(sides.negative),
    sum,
    count: values.length,
  };
}

describe('an exponential histogram as a classic one', () => {
  test('has count, sum and a bucket +Inf even when it is empty', () => {
    expect(classicSamplesOf({ ...empty, sum: undefined })).toEqual([
      { suffix: '_count', value: 0 },
      { suffix: '_bucket', le: '+Inf', value: 0 },
    ]);
    expect(classicSamplesOf({ ...empty, sum: -3, count: 2 })).toContainEqual({ suffix: '_sum', value: -3 });
  });

  test('counts up to each power of two, without gaps, from the lower bound of the lowest bucket', () => {
    expect(bucketsOf({ positive: [{ offset: 0, counts: [2, 0, 3] }], count: 5 })).toBe('1:0 2:2 4:2 8:5 +Inf:5');
  });

  test('has the same bounds at every scale', () => {
    // Scale 2: four buckets between powers of two; index 3 ends at 2, index 4 begins there.
    expect(bucketsOf({ scale: 2, positive: [{ offset: 3, counts: [1, 1] }], count: 2 })).toBe('1:0 2:1 4:2 +Inf:2');
    const values = [0.3, 0.7, 1.5, 3, 3, 40, 0, -0.2, -5];
    const bounds = classicSamplesOf(histogramOf(values, 0)).map(({ le }) => le);
    for (const scale of [1, 3, 8, 20])
      expect(classicSamplesOf(histogramOf(values, scale)).map(({ le }) => le)).toEqual(bounds);
  });

  test.each([-2, -1, 0, 1, 5])('counts exactly what is at or below each bound, at scale %i', (scale) => {
    const values = Array.from({ length: 500 }, (_, index) => Math.sin(index) * 3 ** (index % 13));
    const buckets = classicSamplesOf(histogramOf(values, scale)).filter(({ suffix }) => suffix === '_bucket');
    expect(buckets).toEqual(
      buckets.map(({ suffix, le = '' }) => {
        const bound = le === '+Inf' ? Infinity : Number(le);
        return { suffix, le, value: values.filter((one) => one <= bound).length };
      }),
    );
  });

  test('counts what is as good as zero at zero, and a wide zero bucket at the power of two that holds it', () => {
    expect(bucketsOf({ zeroCount: 4, zeroThreshold: 2 ** -128, count: 4 })).toBe('0:4 +Inf:4');
    expect(bucketsOf({ zeroCount: 4, zeroThreshold: 0.2, count: 4 })).toBe('0.125:0 0.25:4 +Inf:4');
  });

  test('stays small whatever the range: beyond the ends counts go to the next bound that holds them', () => {
    const wide = { positive: [{ offset: -1074, counts: new Array(2098).fill(1) }], count: 2098 };
    const buckets = bucketsOf(wide).split(' ');
    expect(buckets).toHaveLength(98);
    expect(buckets[0]).toBe('2.3283064365386963e-10:1042');
    expect(buckets.slice(-2)).toEqual(['18446744073709552000:1138', '+Inf:2098']);
    expect(
      bucketsOf({
        negative: [
          { offset: -40, counts: [1] },
          { offset: 70, counts: [2] },
        ],
        count: 3,
      }),
    ).toBe('-18446744073709552000:2 0:3 +Inf:3');
  });

  test('counts nothing twice at coarse scales that reach over the ends', () => {
    expect(bucketsOf({ scale: -10, positive: [{ offset: -1, counts: [5, 6] }], count: 11 })).toBe(
      '2.3283064365386963e-10:0 1:5 +Inf:11',
    );
  });
});
