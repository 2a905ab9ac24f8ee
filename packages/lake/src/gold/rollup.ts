import type { RollupResolution } from '@heliosiq/ports';
import { mergeSketches, sketchOf, type QuantileSketch } from './quantile-sketch.ts';

/** One stretch of a rollup, made of the finite samples that lie in it; a stretch without any has no bucket. */
export interface RollupBucket {
  /** Its first moment, a whole multiple of the resolution since the epoch; milliseconds. */
  readonly at: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Correctly rounded but for the last bit (Neumaier 1974); infinite where doubles cannot hold it. */
  readonly sum: number;
  /** The latest finite value. */
  readonly last: number;
  /** Present where the other members do not tell all values; see `sketchFrom`. */
  readonly sketch?: QuantileSketch | undefined;
}

export interface RollupSamples {
  /** Strictly ascending, milliseconds since the epoch. */
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** Length of a bucket. */
export const resolutionMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const satisfies Record<
  RollupResolution,
  number
>;

/**
 * Buckets of fewer finite samples have no sketch. One value, or two, are told by minimum and maximum; a sketch of a few
 * values a minute would cost more than the samples themselves, and the hour's sketch is made of samples, not of minutes.
 */
const sketchFrom = { minute: 10, hour: 3, day: 3 } as const satisfies Record<RollupResolution, number>;

/** The buckets of samples, ascending. The same samples give the same buckets, bit for bit. */
export function rollUp({ times, values }: RollupSamples, resolution: RollupResolution): RollupBucket[] {
  const lengthMs = resolutionMs[resolution];
  const buckets: RollupBucket[] = [];
  for (let index = 0; index < times.length;) {
    const at = Math.floor((times[index] ?? 0) / lengthMs) * lengthMs;
    const from = index;
    while (index < times.length && (times[index] ?? Infinity) < at + lengthMs) index += 1;
    const bucket = bucketOf(values, { at, from, to: index, sketchFrom: sketchFrom[resolution] });
    if (bucket !== undefined) buckets.push(bucket);
  }
  return buckets;
}

/** Buckets of a longer resolution out of those of a shorter one; their sketches are those of the samples. */
export function rollUpBuckets(buckets: readonly RollupBucket[], resolution: RollupResolution): RollupBucket[] {
  const lengthMs = resolutionMs[resolution];
  const byStart = Map.groupBy(buckets, ({ at }) => Math.floor(at / lengthMs) * lengthMs);
  return [...byStart].map(([at, parts]) => joined(at, parts, sketchFrom[resolution]));
}

function joined(at: number, parts: readonly RollupBucket[], fromCount: number): RollupBucket {
  let [count, min, max, last] = [0, Infinity, -Infinity, 0];
  let [sum, lost] = [0, 0];
  for (const part of parts) {
    count += part.count;
    min = Math.min(min, part.min);
    max = Math.max(max, part.max);
    last = part.last;
    const next = sum + part.sum;
    lost += Math.abs(sum) >= Math.abs(part.sum) ? sum - next + part.sum : part.sum - next + sum;
    sum = next;
  }
  const bucket = { at, count, min, max, sum: Number.isFinite(sum) ? sum + lost : sum, last };
  return count < fromCount || min === max ? bucket : { ...bucket, sketch: mergeSketches(parts.map(sketchOfBucket)) };
}

interface Stretch {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly sketchFrom: number;
}

function bucketOf(values: ArrayLike<number>, { at, from, to, sketchFrom }: Stretch): RollupBucket | undefined {
  let [count, min, max, last] = [0, Infinity, -Infinity, 0];
  let [sum, lost] = [0, 0];
  for (let index = from; index < to; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    count += 1;
    if (value < min) min = value;
    if (value > max) max = value;
    last = value;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  if (count === 0) return undefined;
  const total = Number.isFinite(sum) ? sum + lost : sum;
  const bucket = { at, count, min, max, sum: total, last };
  return count < sketchFrom || min === max ? bucket : { ...bucket, sketch: sketchOf(values, from, to) };
}

/** The mean of a bucket; halfway between its ends where the sum was too large for a double. */
export function meanOf({ sum, count, min, max }: RollupBucket): number {
  const mean = Number.isFinite(sum) ? sum / count : min / 2 + max / 2;
  // Rounding may carry a mean past the values it is the mean of.
  return Math.min(max, Math.max(min, mean));
}

/** A bucket's values as a sketch: the one it has, or what its other members tell of one, two or equal values. */
export function sketchOfBucket({ sketch, count, min, max }: RollupBucket): QuantileSketch {
  if (sketch !== undefined) return sketch;
  const values = Array.from({ length: count }, (_, index) => (index === 0 ? min : max));
  return sketchOf(values, 0, values.length);
}
