import { setImmediate as nextTurn } from 'node:timers/promises';
import { classicSamplesOf } from '../intake/exponential-histogram.ts';
import { addSample } from '../intake/telemetry-batch.ts';
import type { TelemetryBatch } from '../intake/telemetry-batch.ts';
import type { TimeWindow } from '../signal-time.ts';
import type { ExponentialPoint, HistogramPoint, Metric, MetricGroup, PointHead, SummaryPoint } from './metric-form.ts';
import { createPointSeriesTable } from './point-series.ts';
import type { Member, PointSeries, PointSeriesOptions } from './point-series.ts';
import type { Rejections } from './rejections.ts';

/** Points after which other requests get their turn. */
const pointsPerTurn = 5000;
const bucketsMax = 2000;
/** Scales of the data model (https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponential-scale). */
const scaleMin = -10;
const scaleMax = 20;

export interface MetricTask {
  readonly batch: TelemetryBatch;
  readonly window: TimeWindow;
  readonly rejections: Rejections;
}

/**
 * Turns metrics into samples.
 *
 * - Cumulative sums and histograms stay counters. Where a later point says that the count began anew, a zero at that
 *   moment goes in front of it, so that the reset is seen even if the new count is the higher one.
 * - Delta points are stored as they are, under names that end in `_delta`: a running total kept here would not survive
 *   a crash, and would count a batch that is sent again twice. `sum_over_time(x_delta[5m])` is the increase.
 * - Points without a recorded value add nothing.
 */
export function createMetricSamples(options: PointSeriesOptions) {
  const table = createPointSeriesTable(options);

  /** Adds a metric's points; `started` gathers series whose start is another than the one before. */
  function addMetric(task: MetricTask, points: MetricPoints, started: Map<PointSeries, number>): void {
    const { window, rejections, batch } = task;
    const { metric, seriesOf } = points;
    const isCumulative = 'temporality' in metric && metric.temporality === 'cumulative';
    const refuse = (reason: string): void => rejections.add(1, `metric ${metric.name.slice(0, 80)}: ${reason}`);
    if ('temporality' in metric && metric.temporality === 'unspecified') {
      for (const _ of metric.points) refuse('it has no aggregation temporality');
      return;
    }
    for (const point of metric.points) {
      const late = timeFaultOf(point.timeMs, window);
      if (late !== undefined) {
        refuse(late);
        continue;
      }
      const series = seriesOf(point.attributes);
      if (typeof series === 'string') {
        refuse(series);
        continue;
      }
      if (point.isWithoutValue) continue;
      const zeroAt = isCumulative ? newStartOf(series, point, started) : undefined;
      const add = (member: Member, value: number): void => {
        const entry = table.entryOf(batch.tenantId, series, member);
        if (zeroAt !== undefined && zeroAt >= window.from) addSample(batch, entry, zeroAt, 0);
        addSample(batch, entry, point.timeMs, value);
      };
      const fault = addPoint(metric, point, add);
      if (fault !== undefined) refuse(fault);
    }
  }

  return {
    /** Adds the samples of a request to the batch. The answer is to be called once they are stored. */
    async add(task: MetricTask, groups: readonly MetricGroup[]): Promise<() => void> {
      const started = new Map<PointSeries, number>();
      let turn = 0;
      for (const group of groups) {
        for (const metric of group.metrics) {
          addMetric(task, { metric, seriesOf: table.seriesOf(task.batch.tenantId, group, metric) }, started);
          turn += metric.points.length;
          if (turn < pointsPerTurn) continue;
          turn = 0;
          await nextTurn();
        }
      }
      return () => {
        for (const [series, startMs] of started) series.startMs = Math.max(series.startMs, startMs);
      };
    },
  };
}

interface MetricPoints {
  readonly metric: Metric;
  readonly seriesOf: ReturnType<ReturnType<typeof createPointSeriesTable>['seriesOf']>;
}

type AddMember = (member: Member, value: number) => void;

/** Adds all parts of a point, or none and says why. */
function addPoint(metric: Metric, point: Metric['points'][number], add: AddMember): string | undefined {
  // The casts hold: the points of a metric are of its kind; the compiler cannot follow that through the union.
  switch (metric.kind) {
    case 'gauge':
    case 'sum': {
      const { value } = point as (typeof metric)['points'][number];
      if (value === undefined) return 'a point has no number';
      add('', value);
      return undefined;
    }
    case 'histogram':
      return addHistogram(point as HistogramPoint, add);
    case 'exponential':
      return addExponential(point as ExponentialPoint, add);
    case 'summary':
      return addSummary(point as SummaryPoint, add);
    default:
      return metric satisfies never;
  }
}

function addHistogram({ count, sum, counts, bounds }: HistogramPoint, add: AddMember): string | undefined {
  const isWhole = counts.length === 0 ? bounds.length === 0 : counts.length === bounds.length + 1;
  if (!isWhole) return `a point has ${counts.length} buckets for ${bounds.length} bounds`;
  if (counts.length > bucketsMax) return `a point has more than ${bucketsMax} buckets`;
  if (!isCount(count) || !counts.every(isCount)) return 'a count is not a number';
  if (!bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] ?? bound)) || Number.isNaN(bounds[0])) {
    return 'the bounds do not ascend';
  }
  let total = 0;
  for (let index = 0; index < bounds.length; index += 1) {
    const bound = bounds[index] ?? Number.POSITIVE_INFINITY;
    total += counts[index] ?? 0;
    if (bound !== Number.POSITIVE_INFINITY) add(bound, total);
  }
  add(Number.POSITIVE_INFINITY, count);
  if (sum !== undefined) add('_sum', sum);
  add('_count', count);
  return undefined;
}

function addExponential({ histogram }: ExponentialPoint, add: AddMember): string | undefined {
  const { scale, count, zeroCount, zeroThreshold, positive, negative } = histogram;
  if (!Number.isInteger(scale) || scale < scaleMin || scale > scaleMax)
    return `the scale is not ${scaleMin} to ${scaleMax}`;
  if (!isCount(count) || !isCount(zeroCount) || !(zeroThreshold >= 0)) return 'a count is not a number';
  let buckets = 0;
  for (const run of [...positive, ...negative]) {
    buckets += run.counts.length;
    if (!Number.isSafeInteger(run.offset)) return 'the offset of the buckets is not a whole number';
    if (buckets > bucketsMax) return `a point has more than ${bucketsMax} buckets`;
    if (!Array.prototype.every.call(run.counts, isCount)) return 'a count is not a number';
  }
  for (const { suffix, le, value } of classicSamplesOf(histogram)) {
    if (suffix === '_bucket') add(le === undefined || le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value);
    else add(suffix, value);
  }
  return undefined;
}

function addSummary({ count, sum, quantiles }: SummaryPoint, add: AddMember): string | undefined {
  if (!isCount(count)) return 'a count is not a number';
  if (quantiles.length > bucketsMax) return `a point has more than ${bucketsMax} quantiles`;
  for (const { quantile, value } of quantiles) add({ quantile }, value);
  add('_sum', sum);
  add('_count', count);
  return undefined;
}

function isCount(count: number): boolean {
  return count >= 0 && count < Number.POSITIVE_INFINITY;
}

/** When the count began anew, where that is known and before the point; notes starts that are later than the last one. */
function newStartOf(series: PointSeries, point: PointHead, started: Map<PointSeries, number>): number | undefined {
  const { startMs, timeMs } = point;
  const known = series.startMs;
  if (!(startMs > known)) return undefined;
  started.set(series, Math.max(startMs, started.get(series) ?? 0));
  return known > 0 && startMs < timeMs ? startMs : undefined;
}

/** Why a moment is not taken. */
export function timeFaultOf(timeMs: number, { from, to }: TimeWindow): string | undefined {
  if (timeMs >= from && timeMs <= to) return undefined;
  if (timeMs === 0) return 'it has no time';
  if (Number.isNaN(timeMs)) return 'its time cannot be read';
  return timeMs < from ? `its time is before ${isoDay(from)}` : 'its time is in the future';
}

function isoDay(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}
