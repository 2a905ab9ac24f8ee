import { compensatedSumOf, meanOf, quantileOf, varianceOf } from './statistics.ts';
import type { WindowFunction } from './sample-windows.ts';

/** A function of the values alone. */
function ofValues(valueOf: (values: Float64Array, low: number, high: number) => number): WindowFunction {
  return {
    samplesMin: 1,
    prepare({ values }) {
      return (low, high) => valueOf(values, low, high);
    },
  };
}

function extreme(isBeyond: (value: number, held: number) => boolean): WindowFunction {
  return ofValues((values, low, high) => {
    let held = values[low] ?? 0;
    for (let index = low + 1; index < high; index += 1) {
      const value = values[index] ?? 0;
      if (isBeyond(value, held) || Number.isNaN(held)) held = value;
    }
    return held;
  });
}

/** Functions of the values of a window, whatever their order (https://prometheus.io/docs/prometheus/latest/querying/functions/#aggregation_over_time). */
export const overTimeFunctions: Readonly<Record<string, WindowFunction>> = {
  avg_over_time: ofValues(meanOf),
  count_over_time: ofValues((_, low, high) => high - low),
  first_over_time: ofValues((values, low) => values[low] ?? 0),
  last_over_time: ofValues((values, _, high) => values[high - 1] ?? 0),
  max_over_time: extreme((value, held) => value > held),
  min_over_time: extreme((value, held) => value < held),
  present_over_time: ofValues(() => 1),
  stddev_over_time: ofValues((values, low, high) => Math.sqrt(varianceOf(values, low, high))),
  stdvar_over_time: ofValues(varianceOf),
  sum_over_time: ofValues(compensatedSumOf),
};

/** `quantile_over_time`, of a quantile per step; `note` is told each quantile that is asked for. */
export function quantileOverTime(quantiles: Float64Array, note: (quantile: number) => void): WindowFunction {
  return {
    samplesMin: 1,
    usesStep: true,
    prepare({ values }) {
      return (low, high, step) => {
        const quantile = quantiles[step] ?? Number.NaN;
        note(quantile);
        return quantileOf(values.slice(low, high), quantile);
      };
    },
  };
}
