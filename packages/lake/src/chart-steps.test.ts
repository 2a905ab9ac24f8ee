import type { AssetId, SeriesId } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { aggregateSteps, roundStepMs } from './chart-steps.ts';

// The casts hold: an id of 32 hexadecimal digits and a non-empty name.
const series = { id: '0'.repeat(32) as SeriesId, asset: 'a' as AssetId, metric: 'm', labels: {} };

function pointsOf(samples: readonly (readonly [number, number])[]) {
  return {
    series,
    times: Float64Array.from(samples, ([at]) => at),
    values: Float64Array.from(samples, ([, value]) => value),
  };
}

describe('aggregateSteps', () => {
  it('gives minimum, maximum, mean and count of each step that has samples', () => {
    const steps = aggregateSteps(
      pointsOf([
        [1000, 4],
        [1500, 2],
        [1999, 3],
        [4000, -7],
      ]),
      1000,
    );
    expect(steps).toEqual({
      series,
      stepMs: 1000,
      times: [1000, 4000],
      min: [2, -7],
      max: [4, -7],
      avg: [3, -7],
      count: [3, 1],
    });
  });

  it.each([
    ['last', [14, 3]],
    ['sum', [36, 4]],
    ['increase', [4, 3]],
    ['rate', [4, 3]],
    ['delta', [4, -11]],
  ] as const)('gives the %s of each step, and counts a counter that was set back from zero', (stepFunction, values) => {
    const samples = [
      [1000, 10],
      [1300, 12],
      [1999, 14],
      [2000, Number.NaN],
      [4000, 1],
      [4500, 3],
    ] as const;
    expect(aggregateSteps(pointsOf(samples), 1000, stepFunction).values).toEqual(values);
    expect(aggregateSteps(pointsOf(samples), 1000)).not.toHaveProperty('values');
  });

  it('begins steps at whole multiples, before 1970 too', () => {
    expect(
      aggregateSteps(
        pointsOf([
          [-1, 1],
          [0, 2],
          [7, 3],
        ]),
        5,
      ).times,
    ).toEqual([-5, 0, 5]);
  });

  it('keeps the mean between minimum and maximum however large the values are', () => {
    const steps = aggregateSteps(
      pointsOf([
        [0, Number.MAX_VALUE],
        [1, Number.MAX_VALUE],
        [2, Number.MAX_VALUE],
      ]),
      10,
    );
    expect(steps.avg).toEqual([Number.MAX_VALUE]);
    expect(
      aggregateSteps(
        pointsOf([
          [0, Number.MAX_VALUE],
          [1, -Number.MAX_VALUE],
        ]),
        10,
      ).avg,
    ).toEqual([0]);
  });

  it('leaves out values that are no finite numbers, and steps that have no others', () => {
    const steps = aggregateSteps(
      pointsOf([
        [0, Number.NaN],
        [1, 4],
        [2, Infinity],
        [10, Number.NaN],
        [20, -Infinity],
        [21, 6],
      ]),
      10,
    );
    expect(steps).toMatchObject({ times: [0, 20], min: [4, 6], max: [4, 6], avg: [4, 6], count: [1, 1] });
  });

  it('returns no steps without samples', () => {
    expect(aggregateSteps(pointsOf([]), 10).times).toEqual([]);
  });
});

describe('roundStepMs', () => {
  it('covers any duration with 250 to 1,000 round steps where 500 are wanted', () => {
    for (let durationMs = 2000; durationMs < 1e13; durationMs *= 1.37) {
      const steps = durationMs / roundStepMs(durationMs, 500);
      expect(steps).toBeGreaterThan(250);
      expect(steps).toBeLessThan(1000);
    }
    expect(roundStepMs(24 * 3_600_000, 500)).toBe(120_000);
    expect(roundStepMs(1, 500)).toBe(1);
  });
});
