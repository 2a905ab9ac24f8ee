import type { Anomaly, SensitivityLevel, TenantId } from '@heliosiq/model';
import type { SeriesFilter, TimeRange } from './series-store.ts';

/** What a replay of stored samples through the detector found. */
export interface BacktestResult {
  readonly level: SensitivityLevel;
  readonly series: number;
  readonly samples: number;
  /** Log lines. */
  readonly lines: number;
  /** True when there are more series, samples or lines than were replayed. */
  readonly isCut: boolean;
  readonly seconds: number;
  /** The last revision of each, the most surprising first, at most as many as asked for. */
  readonly anomalies: readonly Anomaly[];
  /** All that were found. */
  readonly found: number;
  /** Those of series alone. */
  readonly perSeriesAndWeek: number;
}

/** Replays stored samples and logs through the detectors of series and logs, which begin with nothing; stores nothing. */
export interface Backtester {
  run(
    tenantId: TenantId,
    question: { readonly filter: SeriesFilter; readonly range: TimeRange },
    options: { readonly level: SensitivityLevel; readonly limit: number; readonly signal: AbortSignal },
  ): Promise<BacktestResult>;
}
