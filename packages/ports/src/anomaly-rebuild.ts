import type { Anomaly, SeriesRef, TenantId } from '@heliosiq/model';

/** Samples of one series, in the order in which the log has them. */
export interface JudgedSamples {
  readonly series: SeriesRef;
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** A record of `signals` as bronze has it. */
export interface JudgedRecord {
  readonly offset: number;
  readonly appendedAt: number;
  readonly value: Uint8Array;
}

/** Finds a tenant's anomalies again, with models of its own that begin with nothing. */
export interface AnomalyRebuild {
  /** Every revision that the samples bring about, in order. `breathe` is called between short steps. */
  judge(samples: JudgedSamples, breathe: () => Promise<void> | undefined): Promise<readonly Anomaly[]>;
  /** The same of the logs among the records of a partition, which come partition by partition, each in its order; other records are passed by. */
  judgeLogs(
    partition: number,
    records: readonly JudgedRecord[],
    breathe: () => Promise<void> | undefined,
  ): Promise<readonly Anomaly[]>;
}

/**
 * Makes rebuilds. The same samples of a series, and the same logs of a partition, in the same order bring about the same
 * anomalies, field by field, as they did when the detect stage saw them, however they were cut into batches.
 */
export interface AnomalyRebuilder {
  /** The detector of series whose anomalies are found again. */
  readonly detector: string;
  /** Those of logs. */
  readonly logDetectors: readonly string[];
  begin(tenantId: TenantId): AnomalyRebuild;
}
