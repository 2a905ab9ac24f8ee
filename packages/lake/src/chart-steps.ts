import type { ChartSteps, SeriesPoints, StepFunction } from '@heliosiq/ports';

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
 * With a function each step has its value too.
 */
export function aggregateSteps(
  { series, times, values }: SeriesPoints,
  stepMs: number,
  stepFunction?: StepFunction,
): ChartSteps {
  const functionValues: number[] = [];
  let before: number | undefined;
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
    const fold: StepFold = { sum: 0, increase: 0, delta: 0, last: 0 };
    while (index < times.length && (times[index] ?? Infinity) < endAt) {
      const value = values[index] ?? 0;
      index += 1;
      if (!Number.isFinite(value)) continue;
      count += 1;
      min = Math.min(min, value);
      max = Math.max(max, value);
      // The running mean (Welford 1962) cannot overflow where a sum of large values would.
      mean += value / count - mean / count;
      if (stepFunction !== undefined) foldIn(fold, value, before);
      before = value;
    }
    if (count === 0) continue;
    steps.times.push(startAt);
    steps.min.push(min);
    steps.max.push(max);
    // Rounding may carry a mean past the values it is the mean of.
    steps.avg.push(Math.min(max, Math.max(min, mean)));
    steps.count.push(count);
    if (stepFunction !== undefined) functionValues.push(valueOf(fold, stepFunction, stepMs));
  }
  return { series, stepMs, ...steps, ...(stepFunction !== undefined && { values: functionValues }) };
}

/** What the functions of a step are made of. */
interface StepFold {
  sum: number;
  increase: number;
  delta: number;
  last: number;
}

/** A counter that falls was set back and counts from zero, as in Prometheus; nothing is extrapolated. */
function foldIn(fold: StepFold, value: number, before: number | undefined): void {
  fold.sum += value;
  fold.last = value;
  if (before === undefined) return;
  fold.delta += value - before;
  fold.increase += value >= before ? value - before : value;
}

function valueOf(fold: StepFold, stepFunction: StepFunction, stepMs: number): number {
  return stepFunction === 'rate' ? fold.increase / (stepMs / 1000) : fold[stepFunction];
}
