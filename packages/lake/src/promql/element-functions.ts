import { noLabels, withoutMetric } from './label-set.ts';
import type { StepGrid, StepSeries } from './step-series.ts';

/** A number to another. */
export type NumberFunction = (value: number) => number;

/** Functions of single values. */
export const numberFunctions: Readonly<Record<string, NumberFunction>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  deg: (value) => (value * 180) / Math.PI,
  rad: (value) => (value * Math.PI) / 180,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
};

/** A function of each value and its step, in place; the series loses its name. */
export function eachValue(series: StepSeries, of: (value: number, step: number) => number): StepSeries {
  const { values, present } = series;
  for (let step = 0; step < values.length; step += 1) {
    if (present[step] === 1) values[step] = of(values[step] ?? 0, step);
  }
  return { ...series, labels: withoutMetric(series.labels) };
}

/** Rounds to the nearest multiple, halves upwards. */
export function roundTo(value: number, nearest: number): number {
  // The inverse loses less than a division: 0.1 has no exact form.
  const inverse = 1 / nearest;
  return Math.floor(value * inverse + 0.5) / inverse;
}

/** Keeps a value within bounds; NaN where a bound is NaN. */
export function clamped(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

/** A scalar as a series without labels. */
export function seriesOfScalar(values: Float64Array): StepSeries {
  return { labels: noLabels, values, present: new Uint8Array(values.length).fill(1) };
}

/** The moments of the steps, in seconds since the epoch. */
export function stepSeconds({ startMs, stepMs, count }: StepGrid): Float64Array {
  return Float64Array.from({ length: count }, (_, step) => (startMs + step * stepMs) / 1000);
}
