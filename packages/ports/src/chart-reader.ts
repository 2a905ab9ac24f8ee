import type { SeriesId, TenantId } from '@heliosiq/model';
import type { SeriesFilter, SeriesSteps, SeriesSummary, TimeRange } from './series-store.ts';

/**
 * What is asked of each step besides its aggregates. `increase` is how much a counter grew since the sample before the step,
 * set-backs counted from zero, `rate` that a second; `delta` the plain difference. The first sample of a range adds to none.
 */
export type StepFunction = 'last' | 'sum' | 'increase' | 'rate' | 'delta';

/** A series of a chart. */
export interface ChartSteps extends SeriesSteps {
  /** Values of the function that was asked for. */
  readonly values?: readonly number[];
}

/** Aggregates for charts. */
export interface ChartReader {
  /**
   * Minimum, maximum and mean per step of the matching series, at most 100 series and 11,000 steps each;
   * without `stepMs` the step is chosen so that about 500 steps cover the range.
   */
  chart(
    tenantId: TenantId,
    filter: SeriesFilter,
    range: TimeRange,
    options?: { readonly stepMs?: number; readonly stepFunction?: StepFunction; readonly signal?: AbortSignal },
  ): Promise<readonly ChartSteps[]>;
  catalogue(
    tenantId: TenantId,
    filter: SeriesFilter,
    options: { readonly limit: number },
  ): Promise<readonly SeriesSummary[]>;
}

/** What a detector expected of a series over time: one entry a sample; learning samples are absent. */
export interface ExpectedBand {
  readonly times: readonly number[];
  readonly expected: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly score: readonly number[];
}

/** Recomputes the expected band of one series from its stored samples. */
export interface BandReader {
  band(tenantId: TenantId, seriesId: SeriesId, range: TimeRange): Promise<ExpectedBand | undefined>;
}
