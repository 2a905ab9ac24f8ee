import type { DiscreteSignal, TenantId } from '@heliosiq/model';
import type { SeriesEntry } from './series-book.ts';

/** What one request brings, checked and named, before it is stored. */
export interface TelemetryBatch {
  readonly tenantId: TenantId;
  /** Size of the body after decompression, for the tenant's day; 0 when its door counts by itself. */
  readonly bytes: number;
  /** The series of each sample, with its time (milliseconds since the epoch) and value at the same index. */
  readonly entries: SeriesEntry[];
  readonly times: number[];
  readonly values: number[];
  /** Everything but samples, in the order of the request. */
  readonly signals: DiscreteSignal[];
}

export function createTelemetryBatch(tenantId: TenantId, bytes = 0): TelemetryBatch {
  return { tenantId, bytes, entries: [], times: [], values: [], signals: [] };
}

/** Adds a sample; of two of one series and moment the later one added wins. */
export function addSample(batch: TelemetryBatch, entry: SeriesEntry, at: number, value: number): void {
  batch.entries.push(entry);
  batch.times.push(at);
  batch.values.push(value);
}
