import type { TenantId } from '@heliosiq/model';
import type { TimeRange } from './series-store.ts';

export type ExportFormat = 'csv' | 'parquet';

export interface ExportQuestion {
  /** An instant selector of PromQL; everything when absent. */
  readonly match?: string;
  readonly range: TimeRange;
  readonly format: ExportFormat;
  readonly signal?: AbortSignal;
}

/** Raw samples as a file for other tools. */
export interface SampleExport {
  /**
   * The file in pieces, series after series, each series in ascending time; series that appear while it is made are left
   * out. Resolves when the columns are known, so that a bad question is refused before the file begins: rejects with
   * `invalid-request` for a selector that is none and for more label names than a table can have.
   */
  open(tenantId: TenantId, question: ExportQuestion): Promise<AsyncIterable<Uint8Array>>;
}
