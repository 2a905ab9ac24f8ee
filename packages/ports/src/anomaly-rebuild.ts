import type { Anomaly, SeriesRef, TenantId } from '@heliosiq/model';

/** Samples of one series, in the order in which the log has them. */
export interface JudgedSamples {
  readonly series: SeriesRef;
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** Finds a tenant's anomalies again, with models of its own that begin with nothing. */
export interface AnomalyRebuild {
  /** Every revision that the samples bring about, in order. `breathe` is called between short steps. */
  judge(samples: JudgedSamples, breathe: () => Promise<void> | undefined): Promise<readonly Anomaly[]>;
}

/**
 * Makes rebuilds. The same samples of a series in the same order bring about the same anomalies, field by field, as they
 * did when the detect stage saw them, however they were cut into batches.
 */
export interface AnomalyRebuilder {
  /** The detector whose anomalies are found again. */
  readonly detector: string;
  begin(tenantId: TenantId): AnomalyRebuild;
}
