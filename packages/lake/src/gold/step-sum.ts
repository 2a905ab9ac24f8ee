import type { SeriesPoints, SeriesSteps } from '@heliosiq/ports';
import { meanOf, type RollupBucket } from './rollup.ts';

/** Adds up samples and buckets of one series into the steps of a chart, in any order of time. */
export interface StepSum {
  /** Takes a bucket into the step in which it begins. */
  addBucket(bucket: Omit<RollupBucket, 'last' | 'sketch'>): void;
  /** Takes the finite samples among them into their steps. */
  addSamples(points: Pick<SeriesPoints, 'times' | 'values'>): void;
  /** The steps that have something, ascending. */
  steps(): Omit<SeriesSteps, 'series'>;
}

interface Step {
  readonly at: number;
  count: number;
  min: number;
  max: number;
  sum: number;
  /** What rounding took from the sum so far (Neumaier 1974). */
  lost: number;
}

/** Steps of a length that begin at whole multiples of it since the epoch. */
export function createStepSum(stepMs: number): StepSum {
  const byStart = new Map<number, Step>();
  let latest: Step | undefined;

  function stepOf(time: number): Step {
    const at = Math.floor(time / stepMs) * stepMs;
    if (latest?.at === at) return latest;
    latest = byStart.get(at);
    if (latest === undefined) {
      latest = { at, count: 0, min: Infinity, max: -Infinity, sum: 0, lost: 0 };
      byStart.set(at, latest);
    }
    return latest;
  }

  function addSum(step: Step, value: number): void {
    const next = step.sum + value;
    step.lost += Math.abs(step.sum) >= Math.abs(value) ? step.sum - next + value : value - next + step.sum;
    step.sum = next;
  }

  return {
    addBucket({ at, count, min, max, sum }) {
      const step = stepOf(at);
      step.count += count;
      step.min = Math.min(step.min, min);
      step.max = Math.max(step.max, max);
      addSum(step, sum);
    },

    addSamples({ times, values }) {
      for (let index = 0; index < times.length; index += 1) {
        const value = values[index] ?? Number.NaN;
        if (!Number.isFinite(value)) continue;
        const step = stepOf(times[index] ?? 0);
        step.count += 1;
        if (value < step.min) step.min = value;
        if (value > step.max) step.max = value;
        addSum(step, value);
      }
    },

    steps() {
      const ascending = [...byStart.values()].sort((a, b) => a.at - b.at);
      return {
        stepMs,
        times: ascending.map(({ at }) => at),
        min: ascending.map(({ min }) => min),
        max: ascending.map(({ max }) => max),
        avg: ascending.map(({ at, count, min, max, sum, lost }) =>
          meanOf({ at, count, min, max, last: max, sum: Number.isFinite(sum) ? sum + lost : sum }),
        ),
        count: ascending.map(({ count }) => count),
      };
    },
  };
}
