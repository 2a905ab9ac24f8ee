import type { SeriesFeatures } from '@heliosiq/ports';
import { mergeSketches, quantileOf } from './quantile-sketch.ts';
import { meanOf, sketchOfBucket, type RollupBucket } from './rollup.ts';

const hoursPerDay = 24;
const hourMs = 3_600_000;

/** What is characteristic of a series, from its hours; undefined without any. The same hours give the same features. */
export function seriesFeatures(hours: readonly RollupBucket[]): Omit<SeriesFeatures, 'series'> | undefined {
  const last = hours.at(-1);
  if (last === undefined) return undefined;
  const samples = hours.reduce((sum, { count }) => sum + count, 0);
  const min = Math.min(...hours.map((hour) => hour.min));
  const max = Math.max(...hours.map((hour) => hour.max));
  const sketch = mergeSketches(hours.map(sketchOfBucket));
  // The sketch's value may lie a hundredth outside of what there is.
  const quantile = (share: number): number => Math.min(max, Math.max(min, quantileOf(sketch, share)));
  return {
    samples,
    hours: hours.length,
    min,
    max,
    mean: hours.reduce((mean, hour) => mean + (meanOf(hour) / samples) * hour.count, 0),
    last: last.last,
    quantiles: { p05: quantile(0.05), p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
    trendPerDay: trendOf(hours) * hoursPerDay,
    profile: Array.from({ length: hoursPerDay }, (_, hourOfDay) => {
      const own = hours.filter(({ at }) => (at / hourMs) % hoursPerDay === hourOfDay);
      return own.length === 0 ? null : own.reduce((mean, hour) => mean + meanOf(hour) / own.length, 0);
    }),
  };
}

/** The slope of the hourly means an hour, by least squares. */
function trendOf(hours: readonly RollupBucket[]): number {
  const start = hours[0]?.at ?? 0;
  const times = hours.map(({ at }) => (at - start) / hourMs);
  const means = hours.map(meanOf);
  const average = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number) => sum + number / numbers.length, 0);
  const [middle, level] = [average(times), average(means)];
  let [covariance, variance] = [0, 0];
  for (const [index, time] of times.entries()) {
    covariance += (time - middle) * ((means[index] ?? 0) - level);
    variance += (time - middle) ** 2;
  }
  return variance === 0 ? 0 : covariance / variance;
}
