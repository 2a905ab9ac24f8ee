import { describe, expect, it } from 'vitest';
import { dataQuality } from './data-quality.ts';
import { renewPage, rolledDays, rollUpDay } from './day-rollup.ts';
import { decodeRollupPage, encodeRollupPage, pageRange } from './rollup-page.ts';
import { meanOf, rollUp, rollUpBuckets, sketchOfBucket, type RollupSamples } from './rollup.ts';
import { quantileOf } from './quantile-sketch.ts';

const dayMs = 86_400_000;
const monday = Date.UTC(2026, 10, 16);

function samplesOf(stepMs: number, valueOf: (index: number) => number, count = dayMs / stepMs): RollupSamples {
  return {
    times: Float64Array.from({ length: count }, (_, index) => monday + index * stepMs),
    values: Float64Array.from({ length: count }, (_, index) => valueOf(index)),
  };
}

const shapes: Readonly<Record<string, RollupSamples>> = {
  'decimals with gaps': samplesOf(15_000, (index) => Math.round(Math.sin(index / 40) * 5000) / 100, 1000),
  'a counter': samplesOf(15_000, (index) => 1e9 + index * 37),
  'irrational numbers': samplesOf(7000, (index) => Math.sqrt(index) * Math.PI),
  'one sample a bucket': samplesOf(300_000, (index) => 0.1 * index),
  'one sample a bucket, irrational': samplesOf(300_000, (index) => Math.exp(index / 100)),
  'negative zero, extremes and what is no number': samplesOf(
    20_000,
    (index) => [-0, 0, Number.MAX_VALUE, Number.MIN_VALUE, -Number.MAX_VALUE, Number.NaN, Infinity][index % 7] ?? 1,
  ),
  'a constant': samplesOf(10_000, () => 42),
  'large whole numbers': samplesOf(60_000, (index) => 2 ** 53 - index * 1024),
  'nothing finite': samplesOf(60_000, () => Number.NaN),
  'no samples': { times: [], values: [] },
};

describe('rollup page', () => {
  it.each(Object.entries(shapes))('gives back every bit of %s', (_, samples) => {
    for (const resolution of ['minute', 'hour', 'day'] as const) {
      const { from: startAt } = pageRange(resolution, monday);
      const content = {
        buckets: rollUp(samples, resolution),
        quality: resolution === 'day' ? dataQuality(samples) : [],
      };
      const bytes = encodeRollupPage(content, { resolution, startAt });
      expect(decodeRollupPage(bytes, { resolution, startAt })).toStrictEqual(content);
      expect(encodeRollupPage(content, { resolution, startAt })).toEqual(bytes);
    }
  });

  it('refuses bytes in which any one bit has changed, or that end early', () => {
    const place = { resolution: 'hour', startAt: pageRange('hour', monday).from } as const;
    const bytes = encodeRollupPage(
      {
        buckets: rollUp(
          samplesOf(60_000, (index) => index / 7),
          'hour',
        ),
        quality: [],
      },
      place,
    );
    for (let index = 0; index < bytes.length; index += 1) {
      const damaged = Uint8Array.from(bytes);
      damaged[index] = (damaged[index] ?? 0) ^ (1 << (index % 8));
      // The form's unused bits say nothing; all else must be noticed.
      if (index > 0) expect(() => decodeRollupPage(damaged, place)).toThrow('damaged');
    }
    for (const length of [0, 3, 5, bytes.length - 1]) {
      expect(() => decodeRollupPage(bytes.subarray(0, length), place)).toThrow('rollup page');
    }
  });
});

describe('roll-up', () => {
  it('has the minimum, maximum, sum, count and last of the finite samples of each bucket', () => {
    const times = [0, 20_000, 59_999, 60_000, 180_000, 180_001].map((at) => monday + at);
    const buckets = rollUp({ times, values: [3, 1, 2, Number.NaN, 7, Infinity] }, 'minute');
    expect(buckets).toEqual([
      { at: monday, count: 3, min: 1, max: 3, sum: 6, last: 2 },
      { at: monday + 180_000, count: 1, min: 7, max: 7, sum: 7, last: 7 },
    ]);
  });

  it('adds without losing small values beside large ones', () => {
    const [bucket] = rollUp({ times: [0, 1, 2, 3].map((at) => monday + at), values: [1, 1e100, 1, -1e100] }, 'hour');
    expect(bucket?.sum).toBe(2);
  });

  it('makes of hours the day that it makes of samples', () => {
    for (const [shape, samples] of Object.entries(shapes)) {
      if (shape.startsWith('negative')) continue;
      const [day] = rollUp(samples, 'day');
      const [joined] = rollUpBuckets(rollUp(samples, 'hour'), 'day');
      expect({ ...joined, sum: 0 }).toEqual({ ...day, sum: 0 });
      expect(Math.abs((joined?.sum ?? 0) - (day?.sum ?? 0))).toBeLessThanOrEqual(Math.abs(day?.sum ?? 0) * 1e-14);
    }
  });

  it('has a mean where the sum is too large for a double', () => {
    const [bucket] = rollUp({ times: [monday, monday + 1], values: [Number.MAX_VALUE, Number.MAX_VALUE] }, 'hour');
    expect(bucket && meanOf(bucket)).toBe(Number.MAX_VALUE);
  });

  it('answers the median of an hour within 1 %, however many samples it has', () => {
    for (const count of [1, 2, 3, 240]) {
      const [bucket] = rollUp(
        samplesOf(15_000, (index) => 10 + index, count),
        'hour',
      );
      const median = bucket && quantileOf(sketchOfBucket(bucket), 0.5);
      const exact = 10 + Math.floor((count - 1) / 2);
      expect(Math.abs((median ?? 0) / exact - 1)).toBeLessThanOrEqual(0.010_01);
    }
  });
});

describe('a renewed page', () => {
  const dayOfSamples = (day: number, valueOf: (index: number) => number) => {
    const { times, values } = samplesOf(60_000, valueOf);
    return rollUpDay(monday + day * dayMs, { times: Float64Array.from(times, (at) => at + day * dayMs), values });
  };

  it('is the same whatever the order in which its days were rolled up, and however often', () => {
    const days = [0, 1, 2].map((day) => dayOfSamples(day, (index) => index * (day + 1)));
    for (const resolution of ['hour', 'day'] as const) {
      const ordered = days.reduce<ReturnType<typeof renewPage>>(
        (page, day) => renewPage(page, day, resolution),
        undefined,
      );
      const shuffled = [2, 0, 1, 0, 2].reduce<ReturnType<typeof renewPage>>((page, day) => {
        const rolled = days[day];
        return rolled && renewPage(page, rolled, resolution);
      }, undefined);
      expect(shuffled).toEqual(ordered);
      expect(ordered && rolledDays(ordered)).toEqual([0, 1, 2].map((day) => monday + day * dayMs));
      expect(ordered?.samples).toBe(3 * 1440);
    }
  });

  it('stays as it was when samples of the day were forgotten since', () => {
    const page = renewPage(
      undefined,
      dayOfSamples(0, (index) => index),
      'day',
    );
    const late = rollUpDay(monday, { times: [monday + 5], values: [1] });
    expect(page && renewPage(page, late, 'day')).toBeUndefined();
  });
});

describe('data quality', () => {
  it('tells interval, gaps and what is missing, day by day', () => {
    const kept = [0, 1, 2, 3, 10, 11, 12, 30, 31].map((index) => monday + index * 15_000);
    const times = [...kept, monday + dayMs + 5];
    const values = times.map((_, index) => (index === 1 ? Number.NaN : 1));
    expect(dataQuality({ times, values })).toEqual([
      {
        dayAt: monday,
        samples: 9,
        notFinite: 1,
        firstAt: monday,
        lastAt: monday + 31 * 15_000,
        intervalMs: 15_000,
        gaps: 2,
        longestGapMs: 18 * 15_000,
        missingMs: 6 * 15_000 + 17 * 15_000,
      },
      expect.objectContaining({ dayAt: monday + dayMs, samples: 1, intervalMs: 0, gaps: 0, longestGapMs: 0 }),
    ]);
  });
});
