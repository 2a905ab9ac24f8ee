import type { SampleBlock, SeriesId, SeriesRef, TenantId } from '@heliosiq/model';

/** Which series; every given field must match. `labels` match by equality. */
export interface SeriesFilter {
  readonly ids?: readonly SeriesId[];
  readonly assets?: readonly string[];
  readonly metric?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Raw samples of one series in ascending time: milliseconds since the epoch, values in the series' unit. */
export interface SeriesPoints {
  readonly series: SeriesRef;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Aggregates of one series per step; steps without samples are absent. `times` are the starts of the steps. */
export interface SeriesSteps {
  readonly series: SeriesRef;
  readonly stepMs: number;
  readonly times: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly avg: readonly number[];
  readonly count: readonly number[];
}

export interface TimeRange {
  /** Inclusive, milliseconds since the epoch. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** A stretch in which a store lost samples, because what it keeps there cannot be read. */
export interface SeriesDamage {
  /** Milliseconds since the epoch; the first and the last sample that were there. */
  readonly from: number;
  readonly until: number;
  /** Whose samples; absent where any series of the question may lack some. */
  readonly series?: SeriesId;
}

/** What a store holds of one series. */
export interface SeriesSummary {
  readonly series: SeriesRef;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Samples stored; one that was written twice may count twice until the store has merged it. */
  readonly samples: number;
}

/**
 * Typed, de-duplicated telemetry (silver).
 *
 * Promises:
 * - When `append` resolves, its samples are durable.
 * - A sample is identified by tenant, series and timestamp: appending it again changes nothing, the last value wins
 *   for another value at the same timestamp; late samples are merged into order.
 * - `range` returns each sample once, ascending.
 * - What turns out to be damaged is left out, logged and told to `onDamage`; the rest is served.
 */
export interface SeriesStore {
  /** Answers may lack samples for so long after the `append` that stored them resolved. Absent: none. */
  readonly visibleAfterMs?: number;
  append(tenantId: TenantId, blocks: readonly SampleBlock[]): Promise<void>;
  /** Samples in the range; at most `seriesMax` series (default 500), those of the smallest asset and metric names first. */
  range(
    tenantId: TenantId,
    filter: SeriesFilter,
    range: TimeRange,
    options?: {
      readonly seriesMax?: number;
      readonly signal?: AbortSignal;
      /** Called for each stretch of the answer that lacks samples because they cannot be read. */
      readonly onDamage?: (damage: SeriesDamage) => void;
      /**
       * Lends room for so many numbers, in which the samples may lie then: the caller knows when it is free again. Those of a series may
       * be put there only when they are first looked at, in one go, and may then turn out to be none in the range: what was lent before
       * the promise resolved must stay until the last of them was looked at, what is lent later as long as its series is looked at.
       */
      readonly memory?: (numbers: number) => Float64Array;
      /**
       * The series of a filter by `ids` as `scan` or `list` gave them, so that a store need not look for them again. The answer is
       * the same, and may come in this order.
       */
      readonly known?: readonly SeriesRef[];
    },
  ): Promise<readonly SeriesPoints[]>;
  /** Series that match, by asset, metric and labels; at most `limit` (default 1,000). */
  list(
    tenantId: TenantId,
    filter: SeriesFilter,
    options?: { readonly limit?: number },
  ): Promise<readonly SeriesSummary[]>;
  /** All series that match and may have samples in the range, each once, in pages of at most `pageMax` series, in no order of names. */
  scan(
    tenantId: TenantId,
    filter: SeriesFilter,
    range: TimeRange,
    options: { readonly pageMax: number },
  ): AsyncIterable<readonly SeriesSummary[]>;
}
