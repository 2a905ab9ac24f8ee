import type { TenantId } from '@heliosiq/model';
import type { KeptSize } from './lake-figures.ts';
import type { SeriesSummary } from './series-store.ts';

/** What a tenant's lake holds, as one look over its catalogue found it. Times are milliseconds since the epoch. */
export interface LakeStats {
  readonly series: number;
  /** Series with a sample in the five minutes before. */
  readonly activeSeries: number;
  /** Series whose first sample lies in the hour before. */
  readonly newSeries: number;
  readonly samples: number;
  readonly oldestAt?: number;
  readonly newestAt?: number;
  /** Samples a second by their times, over the five minutes before. */
  readonly samplesPerSecond: number;
  /** True when the rate was drawn from some of the series. */
  readonly isRateEstimate: boolean;
  /** Bytes of samples and their catalogue by the number of samples; absent without samples. */
  readonly bytesPerSample?: number;
  /** Records of all tenants that are in the log and not in the lake yet. */
  readonly lagRecords: number;
  readonly sizes: readonly KeptSize[];
  /** When this was found out. */
  readonly at: number;
}

/** Series that match, by asset, metric and labels. */
export interface SeriesListing {
  readonly series: readonly SeriesSummary[];
  /** How many match in all. */
  readonly matching: number;
}

/** One metric and the series it has. */
export interface MetricCardinality {
  readonly metric: string;
  readonly series: number;
  /** Of these, how many have their first sample in the hour before. */
  readonly newSeries: number;
}

/** One label over all metrics: `values` distinct ones on `series` series, with those that most series have. */
export interface LabelCardinality {
  readonly label: string;
  readonly values: number;
  readonly series: number;
  readonly commonest: readonly { readonly value: string; readonly series: number }[];
}

/** One label of one metric, of more than one value; where `values` comes near `series`, the label is what makes the metric large. */
export interface PairCardinality {
  readonly metric: string;
  readonly label: string;
  readonly values: number;
  readonly series: number;
}

/** Which names make how many series; each list is the largest first. */
export interface Cardinality {
  readonly series: number;
  readonly newSeries: number;
  readonly metrics: readonly MetricCardinality[];
  readonly labels: readonly LabelCardinality[];
  readonly pairs: readonly PairCardinality[];
  /** Metrics with the most new series; those without any are left out. */
  readonly growing: readonly MetricCardinality[];
  /** True where there was too much to count all of it: every number is then a least one. */
  readonly isPartial: boolean;
}

/**
 * What there is in a lake, for people. A `match` is an instant selector of PromQL such as `up{job=~"a.*"}`; without one
 * everything matches. A selector that is none rejects with `invalid-request`.
 */
export interface LakeCatalogue {
  /** At most some seconds old. */
  stats(tenantId: TenantId, options?: { readonly signal?: AbortSignal }): Promise<LakeStats>;
  series(
    tenantId: TenantId,
    question: { readonly match?: string; readonly limit: number },
    options?: { readonly signal?: AbortSignal },
  ): Promise<SeriesListing>;
  /** `limit`: entries of each list at most. At most half a minute old. */
  cardinality(
    tenantId: TenantId,
    question: { readonly match?: string; readonly limit: number },
    options?: { readonly signal?: AbortSignal },
  ): Promise<Cardinality>;
}
