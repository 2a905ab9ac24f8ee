import { collected, type Evaluation } from './evaluation.ts';
import { keyOf, metricLabel, valueUnder, withoutLabels, type LabelSet } from './label-set.ts';
import { noteQuantiles } from './quantile-note.ts';
import { emptySeries, hasValues, mergedByLabels, type StepSeries, type StepStream } from './step-series.ts';
import type { CallNode, Expression } from './syntax-tree.ts';

/** Counts that differ by less than this share of their sum differ by rounding alone. */
const roundingTolerance = 1e-12;
const boundLabel = 'le';
const boundAlone: ReadonlySet<string> = new Set([boundLabel]);
const boundAndMetric: ReadonlySet<string> = new Set([boundLabel, metricLabel]);

interface BucketSeries {
  readonly upperBound: number;
  readonly series: StepSeries;
}

/** A bucket at one step: how many observations were at most `upperBound`. */
interface Bucket {
  readonly upperBound: number;
  count: number;
}

/**
 * `histogram_quantile` over classic buckets, straight within a bucket
 * (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile).
 */
export async function* histogramQuantile({ parameters }: CallNode, evaluation: Evaluation): StepStream {
  const [quantileNode, bucketsNode] = parameters;
  if (quantileNode === undefined || bucketsNode === undefined) return;
  const { grid, scope } = evaluation;
  const quantiles = await evaluation.scalar(quantileNode);
  const series = await collected(evaluation.vector(bucketsNode), evaluation);
  noteQuantiles(quantiles, scope.notes, quantileNode.place);
  const results: StepSeries[] = [];
  for (const group of bucketGroups(series, evaluation, bucketsNode)) {
    const result = emptySeries(group.labels, grid.count);
    scope.budget.holdCells(grid.count);
    for (let step = 0; step < grid.count; step += 1) {
      const buckets = bucketsAt(group.buckets, step);
      if (buckets.length === 0) continue;
      const { quantile, isForced } = quantileOfBuckets(buckets, quantiles[step] ?? Number.NaN);
      result.values[step] = quantile;
      result.present[step] = 1;
      if (isForced) {
        scope.notes.inform(
          'input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)',
          bucketsNode.place,
        );
      }
    }
    if (hasValues(result)) results.push(result);
    await scope.budget.breathe();
  }
  yield* mergedByLabels(results);
}

interface BucketGroup {
  readonly labels: LabelSet;
  readonly buckets: readonly BucketSeries[];
}

/** The series of each histogram, ascending by their bounds; series without a bound are left out, with a warning. */
function bucketGroups(
  series: readonly StepSeries[],
  { scope }: Evaluation,
  { place }: Expression,
): readonly BucketGroup[] {
  const groups = new Map<string, { labels: LabelSet; buckets: BucketSeries[] }>();
  for (const one of series) {
    const bound = valueUnder(one.labels, boundLabel);
    const upperBound = boundOf(bound);
    if (upperBound === undefined) {
      scope.notes.warn(`bucket label "le" is missing or has a malformed value of ${JSON.stringify(bound)}`, place);
      continue;
    }
    const key = keyOf(withoutLabels(one.labels, boundAlone));
    const group = groups.get(key) ?? { labels: withoutLabels(one.labels, boundAndMetric), buckets: [] };
    group.buckets.push({ upperBound, series: one });
    groups.set(key, group);
  }
  for (const { buckets } of groups.values())
    buckets.sort((a, b) => (a.upperBound < b.upperBound ? -1 : a.upperBound > b.upperBound ? 1 : 0));
  return [...groups.values()];
}

/** A bound as a label holds it, e.g. `0.5` or `+Inf`; undefined for what is no number. */
function boundOf(text: string): number | undefined {
  const infinity = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinity !== null) return infinity[1] === '-' ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** The buckets that a step has, those of one bound as one. */
function bucketsAt(series: readonly BucketSeries[], step: number): Bucket[] {
  const buckets: Bucket[] = [];
  for (const { upperBound, series: one } of series) {
    if (one.present[step] === 0) continue;
    const count = one.values[step] ?? 0;
    const last = buckets.at(-1);
    if (last?.upperBound === upperBound) last.count += count;
    else buckets.push({ upperBound, count });
  }
  return buckets;
}

interface QuantileOfBuckets {
  readonly quantile: number;
  /** A count was below that of a smaller bound, and was raised. */
  readonly isForced: boolean;
}

function quantileOfBuckets(buckets: Bucket[], quantile: number): QuantileOfBuckets {
  if (Number.isNaN(quantile)) return { quantile: Number.NaN, isForced: false };
  if (quantile < 0 || quantile > 1) return { quantile: quantile < 0 ? -Infinity : Infinity, isForced: false };
  const last = buckets.at(-1);
  if (last === undefined || last.upperBound !== Infinity) return { quantile: Number.NaN, isForced: false };
  const isForced = forceRising(buckets);
  return { quantile: interpolated(buckets, quantile * last.count), isForced };
}

/** Makes counts rise with their bounds; says whether one fell by more than rounding explains. */
function forceRising(buckets: readonly Bucket[]): boolean {
  let isForced = false;
  let before = buckets[0]?.count ?? 0;
  for (const bucket of buckets) {
    const { count } = bucket;
    if (count === before) continue;
    if (isAlmostEqual(count, before)) bucket.count = before;
    else if (count < before) {
      bucket.count = before;
      isForced = true;
    } else before = count;
  }
  return isForced;
}

function isAlmostEqual(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  const difference = Math.abs(a - b);
  const sum = Math.abs(a) + Math.abs(b);
  return difference / Math.min(sum, Number.MAX_VALUE) < roundingTolerance;
}

/** The value below which `rank` observations lie. */
function interpolated(buckets: readonly Bucket[], rank: number): number {
  const [first, last, beforeLast] = [buckets[0], buckets.at(-1), buckets.at(-2)];
  if (first === undefined || last === undefined || beforeLast === undefined || last.count === 0) return Number.NaN;
  const found = buckets.findIndex(({ count }) => count >= rank);
  if (found === -1 || found === buckets.length - 1) return beforeLast.upperBound;
  const bucket = buckets[found] ?? last;
  const below = buckets[found - 1];
  if (below === undefined) {
    return bucket.upperBound <= 0 ? bucket.upperBound : bucket.upperBound * (rank / bucket.count);
  }
  const share = (rank - below.count) / (bucket.count - below.count);
  return below.upperBound + (bucket.upperBound - below.upperBound) * share;
}
