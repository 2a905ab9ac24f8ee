import type { SeriesPoints, SeriesSteps } from '@heliosiq/ports';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Steps that people read easily, ascending. */
const roundSteps: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 20, 30].map((seconds) => seconds * secondMs),
  ...[1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * hourMs),
  ...[1, 2, 4, 7, 14, 28].map((days) => days * dayMs),
];

/** A round step of which about `steps` (in fact a half to one and a half as many) cover a duration. */
export function roundStepMs(durationMs: number, steps: number): number {
  const exact = durationMs / steps;
  const largest = roundSteps.at(-1) ?? dayMs;
  if (exact >= largest) return Math.ceil(exact / largest) * largest;
  // The nearest one by ratio.
  return roundSteps.reduce((best, step) =>
    Math.abs(Math.log(step / exact)) < Math.abs(Math.log(best / exact)) ? step : best,
  );
}

/**
 * Minimum, maximum, mean and count per step; steps begin at whole multiples of `stepMs` since the epoch. Values that are no
 * finite numbers are left out, and steps that have no others with them: no chart can show them, and JSON has no word for them.
 */
export function aggregateSteps({ series, times, values }: SeriesPoints, stepMs: number): SeriesSteps {
  const steps = {
    times: [] as number[],
    min: [] as number[],
    max: [] as number[],
    avg: [] as number[],
    count: [] as number[],
  };
  let index = 0;
  while (index < times.length) {
    const startAt = Math.floor((times[index] ?? 0) / stepMs) * stepMs;
    const endAt = startAt + stepMs;
    let [min, max, mean, count] = [Infinity, -Infinity, 0, 0];
    while (index < times.length && (times[index] ?? Infinity) < endAt) {
      const value = values[index] ?? 0;
      index += 1;
      if (!Number.isFinite(value)) continue;
      count += 1;
      min = Math.min(min, value);
      max = Math.max(max, value);
      // The running mean (Welford 1962) cannot overflow where a sum of large values would.
      mean += value / count - mean / count;
    }
    if (count === 0) continue;
    steps.times.push(startAt);
    steps.min.push(min);
    steps.max.push(max);
    // Rounding may carry a mean past the values it is the mean of.
    steps.avg.push(Math.min(max, Math.max(min, mean)));
    steps.count.push(count);
  }
  return { series, stepMs, ...steps };
}
