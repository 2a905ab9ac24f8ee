import type { WindowFunction } from './sample-windows.ts';
import { windowBounds } from './window-bounds.ts';

interface RateOptions {
  /** Falling values are restarts of the counter. */
  readonly isCounter: boolean;
  readonly isPerSecond: boolean;
}

/**
 * `rate`, `increase` and `delta`: from the first to the last sample of the window, extrapolated to its ends where the
 * samples come close to them (https://prometheus.io/docs/prometheus/latest/querying/functions/#rate).
 */
function extrapolated({ isCounter, isPerSecond }: RateOptions): WindowFunction {
  return {
    fill({ times, values: samples }, windows, { values, present }) {
      const { startMs, stepMs, count } = windows.ends;
      const { rangeMs } = windows;
      const { lows, highs } = windowBounds(times, windows);
      const resets = isCounter ? resetsOf(samples) : none;
      let firstReset = 0;
      const rangeS = rangeMs / 1000;
      for (let step = 0; step < count; step += 1) {
        const low = lows[step] ?? 0;
        const last = (highs[step] ?? 0) - 1;
        if (last <= low) continue;
        const endMs = startMs + step * stepMs;
        const fromMs = endMs - rangeMs;
        const first = samples[low] ?? 0;
        let risen = (samples[last] ?? 0) - first;
        if (resets.length > 0) {
          while (firstReset < resets.length && (resets[firstReset] ?? 0) <= low) firstReset += 1;
          for (let index = firstReset; index < resets.length && (resets[index] ?? 0) <= last; index += 1) {
            risen += samples[(resets[index] ?? 0) - 1] ?? 0;
          }
        }
        const firstAt = times[low] ?? 0;
        const lastAt = times[last] ?? 0;
        const sampledS = (lastAt - firstAt) / 1000;
        const betweenS = sampledS / (last - low);
        let toStartS = (firstAt - fromMs) / 1000;
        let toEndS = (endMs - lastAt) / 1000;
        // A sample that is missing by more than a tenth of the usual distance means that the series begins or ends there.
        const near = betweenS * 1.1;
        if (toStartS >= near) toStartS = betweenS / 2;
        // A counter cannot have been below zero; what stands far above its rise is far from its beginning.
        if (isCounter && risen > 0 && first >= 0 && first <= risen * 1.2) {
          const toZeroS = sampledS * (first / risen);
          if (toZeroS < toStartS) toStartS = toZeroS;
        }
        if (toEndS >= near) toEndS = betweenS / 2;
        const factor = sampledS === 0 ? 1 : (sampledS + toStartS + toEndS) / sampledS;
        values[step] = risen * (isPerSecond ? factor / rangeS : factor);
        present[step] = 1;
      }
    },
  };
}

const none: readonly number[] = [];

/** Indexes of samples that are below the one before. */
function resetsOf(samples: Float64Array): readonly number[] {
  const resets: number[] = [];
  let before = samples[0] ?? 0;
  for (let index = 1; index < samples.length; index += 1) {
    const value = samples[index] ?? 0;
    if (value < before) resets.push(index);
    before = value;
  }
  return resets;
}

/** `irate` and `idelta`: the last two samples of the window. */
function lastTwo({ isPerSecond }: Pick<RateOptions, 'isPerSecond'>): WindowFunction {
  return {
    samplesMin: 2,
    prepare({ times, values }) {
      return (_low, high) => {
        const before = values[high - 2] ?? 0;
        const last = values[high - 1] ?? 0;
        if (!isPerSecond) return last - before;
        // After a restart the counter has risen from zero.
        const risen = last < before ? last : last - before;
        return risen / (((times[high - 1] ?? 0) - (times[high - 2] ?? 0)) / 1000);
      };
    },
  };
}

function counting(isCounted: (before: number, value: number) => boolean): WindowFunction {
  return {
    samplesMin: 1,
    prepare({ values }) {
      return (low, high) => {
        let count = 0;
        for (let index = low + 1; index < high; index += 1) {
          if (isCounted(values[index - 1] ?? 0, values[index] ?? 0)) count += 1;
        }
        return count;
      };
    },
  };
}

/** Functions of how samples follow each other. */
export const rateFunctions: Readonly<Record<string, WindowFunction>> = {
  rate: extrapolated({ isCounter: true, isPerSecond: true }),
  increase: extrapolated({ isCounter: true, isPerSecond: false }),
  delta: extrapolated({ isCounter: false, isPerSecond: false }),
  irate: lastTwo({ isPerSecond: true }),
  idelta: lastTwo({ isPerSecond: false }),
  changes: counting((before, value) => value !== before && !(Number.isNaN(value) && Number.isNaN(before))),
  resets: counting((before, value) => value < before),
};
