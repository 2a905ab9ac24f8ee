/** Counts of neighbouring buckets: `counts[k]` belongs to the bucket of index `offset + k`. */
export interface BucketRun {
  readonly offset: number;
  readonly counts: ArrayLike<number>;
}

/**
 * An exponential histogram with absolute counts, whole or not. As in OpenTelemetry, the positive bucket of index `i`
 * counts what lies in (base^i, base^(i+1)], the negative one what lies in [-base^(i+1), -base^i), with
 * base = 2^(2^-scale). A native histogram of Prometheus has the index of the upper bound, which is one more.
 */
export interface ExponentialHistogram {
  readonly scale: number;
  /** What lies in [-zeroThreshold, zeroThreshold]. */
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: readonly BucketRun[];
  readonly negative: readonly BucketRun[];
  /** Absent where the sender does not know it. */
  readonly sum: number | undefined;
  readonly count: number;
}

/** One number of a classic histogram: what is put behind the metric's name, and the label `le` of a bucket. */
export interface ClassicSample {
  readonly suffix: '_count' | '_sum' | '_bucket';
  readonly le?: string;
  readonly value: number;
}

/** Bounds lie at the powers of two from 2^-32 (0.23 ns) to 2^64 (16 EiB), so that a histogram has 196 buckets at most. */
const exponentMin = -32;
const exponentMax = 64;
const boundsCount = exponentMax - exponentMin + 1;

/**
 * The classic histogram (https://prometheus.io/docs/concepts/metric_types/#histogram) of an exponential one: cumulative
 * counts at powers of two, whatever the scale, because bounds that follow the scale would end series and begin others
 * when a sender changes it. What is nearer to zero than 2^-32 is counted at the next bound (the zero bucket at `0`),
 * what is beyond 2^64 in `+Inf` alone. Bounds are given without gaps from the lowest to the highest in use, and with
 * the lower bound of the lowest positive bucket. Scales below zero have fewer bounds, which are powers of two as well.
 */
export function classicSamplesOf(histogram: ExponentialHistogram): readonly ClassicSample[] {
  const { count, sum, zeroCount, zeroThreshold } = histogram;
  const step = histogram.scale < 0 ? 2 ** -histogram.scale : 1;
  const positive = new Float64Array(boundsCount);
  const negative = new Float64Array(boundsCount);
  let zeros = 0;
  eachBucket(histogram.positive, (index, bucketCount) => {
    const exponent = upperExponent(index, histogram.scale);
    if (exponent <= exponentMax) addAt(positive, exponent, bucketCount);
  });
  eachBucket(histogram.negative, (index, bucketCount) => {
    // A negative bucket ends, seen from below, where its mirror image begins.
    const exponent = upperExponent(index, histogram.scale) - step;
    if (exponent < exponentMin) zeros += bucketCount;
    else addAt(negative, Math.min(exponent, exponentMax), bucketCount);
  });
  const zeroExponent = Math.ceil(Math.log2(zeroThreshold) / step) * step;
  if (zeroThreshold < 2 ** exponentMin) zeros += zeroCount;
  else if (zeroExponent <= exponentMax) addAt(positive, zeroExponent, zeroCount);

  const samples: ClassicSample[] = [{ suffix: '_count', value: count }];
  if (sum !== undefined) samples.push({ suffix: '_sum', value: sum });
  let total = 0;
  const bucket = (bound: number): void => {
    samples.push({ suffix: '_bucket', le: String(bound), value: total });
  };
  const below = rangeOf(negative);
  if (below !== undefined) {
    for (let place = below.last; place >= below.first; place -= 1) {
      total += negative[place] ?? 0;
      if (isBound(place, step)) bucket(-(2 ** (place + exponentMin)));
    }
  }
  total += zeros;
  if (zeros > 0 || below !== undefined) bucket(0);
  const above = rangeOf(positive);
  if (above !== undefined) {
    for (let place = Math.max(0, above.first - step); place <= above.last; place += 1) {
      total += positive[place] ?? 0;
      if (isBound(place, step)) bucket(2 ** (place + exponentMin));
    }
  }
  samples.push({ suffix: '_bucket', le: '+Inf', value: count });
  return samples;
}

/** The exponent of the smallest power of two on the grid of the scale that is a bucket's upper bound or above it. */
function upperExponent(index: number, scale: number): number {
  return scale < 0 ? (index + 1) * 2 ** -scale : Math.floor(index / 2 ** scale) + 1;
}

function eachBucket(runs: readonly BucketRun[], take: (index: number, count: number) => void): void {
  for (const { offset, counts } of runs) {
    for (let place = 0; place < counts.length; place += 1) {
      const count = counts[place] ?? 0;
      if (count !== 0) take(offset + place, count);
    }
  }
}

function addAt(bounds: Float64Array, exponent: number, count: number): void {
  const place = Math.max(0, exponent - exponentMin);
  bounds[place] = (bounds[place] ?? 0) + count;
}

/** The ends are bounds also where the grid of a coarse scale has none there. */
function isBound(place: number, step: number): boolean {
  return place === 0 || place === boundsCount - 1 || (place + exponentMin) % step === 0;
}

function rangeOf(bounds: Float64Array): { readonly first: number; readonly last: number } | undefined {
  const first = bounds.findIndex((count) => count > 0);
  return first < 0 ? undefined : { first, last: bounds.findLastIndex((count) => count > 0) };
}
