import type { SeriesRef, TenantId } from '@heliosiq/model';
import type { SeriesFilter, TimeRange } from './series-store.ts';

/** How good the data of one series was on one day (UTC). Times in milliseconds since the epoch. */
export interface QualityDay {
  readonly dayAt: number;
  readonly samples: number;
  /** Samples that are NaN or infinite. */
  readonly notFinite: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The median time from a sample to the next; 0 with fewer than two samples. */
  readonly intervalMs: number;
  /** Pauses of more than twice the interval. */
  readonly gaps: number;
  readonly longestGapMs: number;
  readonly missingMs: number;
  /**
   * Samples that came more than five minutes after their time, and those that came more often than once; of the last 60 days,
   * counted by programs while they ran.
   */
  readonly late?: number;
  readonly duplicates?: number;
}

/** What is characteristic of one series over a range, made of its hours. Values in the series' unit. */
export interface SeriesFeatures {
  readonly series: SeriesRef;
  readonly samples: number;
  /** Hours that have samples, of those of the range. */
  readonly hours: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly last: number;
  /** Within 1 % of the value of that rank. */
  readonly quantiles: { readonly p05: number; readonly p50: number; readonly p95: number; readonly p99: number };
  /** Change of the hourly means a day, by least squares; 0 with fewer than two hours. */
  readonly trendPerDay: number;
  /** Mean of each hour of the day (UTC), null where there was none. */
  readonly profile: readonly (number | null)[];
}

/** Facts that are derived from rollups: of days that are over. */
export interface GoldFacts {
  /** At most 100 series and 400 days; series without a rolled day are left out. */
  quality(
    tenantId: TenantId,
    filter: SeriesFilter,
    range: TimeRange,
  ): Promise<readonly { readonly series: SeriesRef; readonly days: readonly QualityDay[] }[]>;
  /** Of each series of an asset, at most 200, over at most 400 days. */
  features(tenantId: TenantId, asset: string, range: TimeRange): Promise<readonly SeriesFeatures[]>;
}
