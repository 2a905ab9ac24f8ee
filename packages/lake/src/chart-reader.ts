import { HeliosError } from '@heliosiq/model';
import type { ChartReader, ChartSteps, RollupStore, SeriesStore, TimeRange } from '@heliosiq/ports';
import { aggregateSteps, roundStepMs } from './chart-steps.ts';
import { chartFromRollups } from './gold/rolled-chart.ts';

const seriesMax = 100;
const stepsMax = 11_000;
const stepsWanted = 500;
/** Series whose raw samples are in memory at once. */
const seriesAtOnce = 8;
/** Times farther from 1970 than this are no dates (ECMA-262, section 21.4.1.1). */
const dateMax = 8.64e15;

export interface ChartReaderDeps {
  readonly series: SeriesStore;
  /** Without them every chart is made from samples. */
  readonly rollups?: RollupStore;
}

/** Longer ranges are read from rollups. */
const samplesRangeMs = 2 * 86_400_000;

/**
 * Reads charts from rollups where the range is long, else from raw samples, a few series at a time, so that memory stays
 * bounded however long the range is. Step functions need the samples.
 */
export function createChartReader({ series, rollups }: ChartReaderDeps): ChartReader {
  return {
    async chart(tenantId, filter, range, options = {}) {
      checkRange(range);
      const stepMs =
        options.stepMs === undefined
          ? roundStepMs(range.to - range.from, stepsWanted)
          : checkedStep(options.stepMs, range);
      options.signal?.throwIfAborted();
      const found = await series.list(tenantId, filter, { limit: seriesMax + 1 });
      if (found.length > seriesMax) {
        throw new HeliosError('invalid-request', `More than ${seriesMax} series match`, {
          field: 'filter',
          cure: 'Name an asset, a metric or labels, so that fewer match.',
        });
      }
      if (rollups !== undefined && options.stepFunction === undefined) {
        const prefersSamples = range.to - range.from <= samplesRangeMs;
        const charts: ChartSteps[] = [];
        for (const some of groupsOf(found, seriesAtOnce)) {
          options.signal?.throwIfAborted();
          const refs = some.map((summary) => summary.series);
          const question = { series: refs, range, stepMs, prefersSamples, signal: options.signal };
          charts.push(...(await chartFromRollups({ series, rollups }, tenantId, question)));
        }
        return charts;
      }
      const ids = found
        .filter(({ firstAt, lastAt }) => firstAt < range.to && lastAt >= range.from)
        .map((summary) => summary.series.id);
      const charts: ChartSteps[] = [];
      for (const some of groupsOf(ids, seriesAtOnce)) {
        options.signal?.throwIfAborted();
        const points = await series.range(tenantId, { ids: some }, range, {
          seriesMax: seriesAtOnce,
          ...(options.signal !== undefined && { signal: options.signal }),
        });
        for (const one of points) charts.push(aggregateSteps(one, stepMs, options.stepFunction));
      }
      return charts;
    },

    async catalogue(tenantId, filter, { limit }) {
      if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
        throw new HeliosError('invalid-request', `limit is ${limit}`, {
          field: 'limit',
          cure: 'Give a whole number from 1 to 10,000.',
        });
      }
      return series.list(tenantId, filter, { limit });
    },
  };
}

function checkRange({ from, to }: TimeRange): void {
  for (const [field, at] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (Math.abs(at) <= dateMax) continue;
    throw new HeliosError('invalid-request', `${field} is not a time`, {
      field,
      cure: 'Give milliseconds since 1970-01-01T00:00:00Z.',
    });
  }
  if (from < to) return;
  throw new HeliosError('invalid-request', 'The range ends before it begins', {
    field: 'to',
    cure: 'Give a `to` after `from`.',
  });
}

function checkedStep(stepMs: number, { from, to }: TimeRange): number {
  if (!Number.isInteger(stepMs) || stepMs < 1) {
    throw new HeliosError('invalid-request', `stepMs is ${stepMs}`, {
      field: 'stepMs',
      cure: 'Give a whole number of milliseconds from 1.',
    });
  }
  const steps = Math.ceil((to - from) / stepMs);
  if (steps <= stepsMax) return stepMs;
  throw new HeliosError('invalid-request', `The range has ${steps} steps, and a chart has at most ${stepsMax}`, {
    field: 'stepMs',
    cure: `Give a step of at least ${Math.ceil((to - from) / stepsMax)} ms, or a shorter range.`,
  });
}

function groupsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, group) =>
    items.slice(group * size, (group + 1) * size),
  );
}
