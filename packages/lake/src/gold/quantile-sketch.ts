/**
 * A mergeable summary of many numbers that answers quantiles within 1 % of the true value (DDSketch: Masson, Rim and Lee,
 * VLDB 2019): numbers are counted in bins whose bounds grow by a constant factor, those below zero in bins of their own.
 */
export interface QuantileSketch {
  readonly zeros: number;
  readonly negative: SketchBins;
  readonly positive: SketchBins;
}

/** Counts by bin; bin k holds sizes in (growth^(k-1), growth^k]. Keys ascend. */
export interface SketchBins {
  readonly keys: readonly number[];
  readonly counts: readonly number[];
}

/** How far a quantile may be from the true one, as a share of it. */
export const sketchRelativeError = 0.01;

/** Bins of one sign at most; with more the smallest sizes share one, so that only quantiles near zero lose accuracy. */
export const sketchBinsMax = 2048;

const growth = (1 + sketchRelativeError) / (1 - sketchRelativeError);
const logGrowth = Math.log(growth);

/** The sketch of the finite numbers among `values[from]` to `values[to - 1]`. */
export function sketchOf(values: ArrayLike<number>, from: number, to: number): QuantileSketch {
  const negative = new Map<number, number>();
  const positive = new Map<number, number>();
  let zeros = 0;
  for (let index = from; index < to; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    if (value === 0) {
      zeros += 1;
      continue;
    }
    const bins = value < 0 ? negative : positive;
    const key = Math.ceil(Math.log(Math.abs(value)) / logGrowth);
    bins.set(key, (bins.get(key) ?? 0) + 1);
  }
  return { zeros, negative: binsOf(negative), positive: binsOf(positive) };
}

/** One sketch of everything that the given ones hold; the same as if it had been made of all their numbers. */
export function mergeSketches(sketches: readonly QuantileSketch[]): QuantileSketch {
  return {
    zeros: sketches.reduce((sum, { zeros }) => sum + zeros, 0),
    negative: mergeBins(sketches.map(({ negative }) => negative)),
    positive: mergeBins(sketches.map(({ positive }) => positive)),
  };
}

/** How many numbers a sketch holds. */
export function sketchCount({ zeros, negative, positive }: QuantileSketch): number {
  return zeros + sumOf(negative.counts) + sumOf(positive.counts);
}

/** The number at a quantile from 0 to 1, within 1 % of the one of that rank; `NaN` when there are none. */
export function quantileOf(sketch: QuantileSketch, quantile: number): number {
  const count = sketchCount(sketch);
  if (count === 0) return Number.NaN;
  const { zeros, negative, positive } = sketch;
  // Ascending: the largest sizes below zero first.
  let rank = Math.floor(quantile * (count - 1));
  for (let index = negative.keys.length - 1; index >= 0; index -= 1) {
    rank -= negative.counts[index] ?? 0;
    if (rank < 0) return -sizeOfBin(negative.keys[index] ?? 0);
  }
  rank -= zeros;
  if (rank < 0) return 0;
  for (let index = 0; index < positive.keys.length; index += 1) {
    rank -= positive.counts[index] ?? 0;
    if (rank < 0) return sizeOfBin(positive.keys[index] ?? 0);
  }
  return sizeOfBin(positive.keys.at(-1) ?? 0);
}

/** The size that is within the relative error of every size in the bin. */
function sizeOfBin(key: number): number {
  return (2 * growth ** key) / (growth + 1);
}

function mergeBins(parts: readonly SketchBins[]): SketchBins {
  const merged = new Map<number, number>();
  for (const { keys, counts } of parts) {
    for (const [index, key] of keys.entries()) merged.set(key, (merged.get(key) ?? 0) + (counts[index] ?? 0));
  }
  return binsOf(merged);
}

function binsOf(counted: ReadonlyMap<number, number>): SketchBins {
  const sorted = [...counted].sort(([a], [b]) => a - b);
  const excess = sorted.length - sketchBinsMax;
  if (excess > 0) {
    const collapsed = sorted.splice(0, excess + 1);
    sorted.unshift([collapsed.at(-1)?.[0] ?? 0, sumOf(collapsed.map(([, count]) => count))]);
  }
  return { keys: sorted.map(([key]) => key), counts: sorted.map(([, count]) => count) };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
