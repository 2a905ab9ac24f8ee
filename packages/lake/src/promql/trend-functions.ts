import { createCompensatedSum } from './compensated-sum.ts';
import type { WindowFunction } from './sample-windows.ts';
import type { SeriesSamples, StepGrid } from './step-series.ts';

interface Line {
  readonly slope: number;
  readonly intercept: number;
}

interface Stretch {
  readonly low: number;
  readonly high: number;
  /** Where the line's intercept is taken, in milliseconds since the epoch. */
  readonly originMs: number;
}

/** The line through samples by least squares. */
function lineThrough({ times, values }: SeriesSamples, { low, high, originMs }: Stretch): Line {
  const first = values[low] ?? 0;
  if (values.subarray(low, high).every((value) => value === first)) {
    return Number.isFinite(first) ? { slope: 0, intercept: first } : { slope: Number.NaN, intercept: Number.NaN };
  }
  const [sumX, sumY, sumXY, sumXX] = [
    createCompensatedSum(),
    createCompensatedSum(),
    createCompensatedSum(),
    createCompensatedSum(),
  ];
  for (let index = low; index < high; index += 1) {
    const x = ((times[index] ?? 0) - originMs) / 1000;
    const y = values[index] ?? 0;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumXX.add(x * x);
  }
  const count = high - low;
  const [x, y] = [sumX.sum(), sumY.sum()];
  const slope = (sumXY.sum() - (x * y) / count) / (sumXX.sum() - (x * x) / count);
  return { slope, intercept: y / count - (slope * x) / count };
}

/** `deriv`: the slope per second. */
export const deriv: WindowFunction = {
  samplesMin: 2,
  prepare: (samples) => (low, high) => lineThrough(samples, { low, high, originMs: samples.times[low] ?? 0 }).slope,
};

/** `predict_linear`: the line's value so many seconds after the step. */
export function predictLinear(secondsAhead: Float64Array, grid: StepGrid): WindowFunction {
  return {
    samplesMin: 2,
    usesStep: true,
    prepare: (samples) => (low, high, step) => {
      const originMs = grid.startMs + step * grid.stepMs;
      const { slope, intercept } = lineThrough(samples, { low, high, originMs });
      return slope * (secondsAhead[step] ?? 0) + intercept;
    },
  };
}
