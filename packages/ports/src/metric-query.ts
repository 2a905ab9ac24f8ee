import type { TenantId } from '@heliosiq/model';

/** Labels of a result, as the HTTP API of Prometheus names it: `__name__` is the metric where the result has one. */
export type ResultLabels = Readonly<Record<string, string>>;

/** Values of one result over time: milliseconds since the epoch, ascending, and as many values. */
export interface ResultSeries {
  readonly metric: ResultLabels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** What a question in PromQL comes to. */
export type QueryResult =
  | {
      readonly resultType: 'vector';
      readonly result: readonly { readonly metric: ResultLabels; readonly value: number }[];
    }
  | { readonly resultType: 'matrix'; readonly result: readonly ResultSeries[] }
  | { readonly resultType: 'scalar'; readonly result: number }
  | { readonly resultType: 'string'; readonly result: string };

export interface QueryAnswer {
  readonly data: QueryResult;
  /** Doubts about the answer, and notes on it, in words for people. */
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

interface Question {
  /** PromQL. */
  readonly query: string;
  /** How far a selector looks back for a series' last sample; default 5 min. */
  readonly lookbackMs?: number;
  readonly signal?: AbortSignal;
}

export interface InstantQuestion extends Question {
  /** The moment that is asked about, in milliseconds since the epoch. */
  readonly time: number;
}

export interface RangeQuestion extends Question {
  /** The first step and the last possible one, milliseconds since the epoch, both inclusive. */
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/** Which series of the catalogue: those that any selector matches and that have samples between two moments (inclusive). */
export interface CatalogueQuestion {
  /** PromQL selectors; none: all series. */
  readonly matches: readonly string[];
  readonly from?: number;
  readonly to?: number;
  /** Results at most. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** A part of the catalogue, in order. */
export interface Listing<Entry> {
  readonly entries: readonly Entry[];
  /** There are more than the limit. */
  readonly isCut: boolean;
}

/** What is known of a metric beside its samples. */
export interface MetricMetadata {
  readonly metric: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'unknown';
  readonly help: string;
  /** As it was sent; empty where none was. */
  readonly unit: string;
}

/**
 * Answers questions in PromQL, and about what there is to be asked.
 *
 * Rejects with `invalid-request` for what is no PromQL and for what is not supported (and says what and where), with
 * `unprocessable` for what the data does not allow or what is too large, with `timeout` when the signal's time is up.
 */
export interface MetricQuery {
  instant(tenantId: TenantId, question: InstantQuestion): Promise<QueryAnswer>;
  /** A value per step; the result is a matrix. */
  range(tenantId: TenantId, question: RangeQuestion): Promise<QueryAnswer>;
  series(tenantId: TenantId, question: CatalogueQuestion): Promise<Listing<ResultLabels>>;
  labelNames(tenantId: TenantId, question: CatalogueQuestion): Promise<Listing<string>>;
  labelValues(tenantId: TenantId, label: string, question: CatalogueQuestion): Promise<Listing<string>>;
  metadata(
    tenantId: TenantId,
    question: { readonly metric?: string; readonly limit?: number; readonly signal?: AbortSignal },
  ): Promise<readonly MetricMetadata[]>;
}
