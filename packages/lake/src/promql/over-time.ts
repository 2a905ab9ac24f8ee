/** Functions over the samples of a range. */
export const overTimeFunctions = [
  'count_over_time',
  'sum_over_time',
  'min_over_time',
  'max_over_time',
  'avg_over_time',
  'last_over_time',
] as const;

export type OverTimeFunction = (typeof overTimeFunctions)[number];

/** The value of a function over the samples, of which there is at least one; as Prometheus treats NaN and the infinities. */
export function overTime(name: OverTimeFunction, values: Float64Array): number {
  switch (name) {
    case 'count_over_time':
      return values.length;
    case 'last_over_time':
      return values.at(-1) ?? Number.NaN;
    case 'sum_over_time':
      return sum(values);
    case 'avg_over_time':
      return mean(values);
    case 'min_over_time':
      return values.reduce((least, value) => (value < least || Number.isNaN(least) ? value : least));
    case 'max_over_time':
      return values.reduce((most, value) => (value > most || Number.isNaN(most) ? value : most));
  }
}

/** Kahan's summation in Neumaier's form (1974), so that many small values beside a large one are not lost. */
function sum(values: Float64Array): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    if (!Number.isFinite(next)) lost = 0;
    else lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** By the sum; where that overflows although every value is finite, by a running mean (Welford 1962). */
function mean(values: Float64Array): number {
  const total = sum(values);
  if (Number.isFinite(total) || !values.every((value) => Number.isFinite(value))) return total / values.length;
  return values.reduce((running, value, index) => running + value / (index + 1) - running / (index + 1), 0);
}
