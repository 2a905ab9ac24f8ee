import type { DiscreteSignal, TenantId } from '@heliosiq/model';
import type { SeriesEntry } from './series-book.ts';

/** What one request brings, checked and named, before it is stored. */
export interface TelemetryBatch {
  readonly tenantId: TenantId;
  /** Size of the body after decompression, for the tenant's day; 0 when its door counts by itself. */
  readonly bytes: number;
  /** The series of each sample, with its time (milliseconds since the epoch) and value at the same index of columns with room for more. */
  readonly entries: SeriesEntry[];
  times: Float64Array;
  values: Float64Array;
  /** Everything but samples, in the order of the request. */
  readonly signals: DiscreteSignal[];
}

const noRoom = new Float64Array();

export function createTelemetryBatch(tenantId: TenantId, bytes = 0): TelemetryBatch {
  return { tenantId, bytes, entries: [], times: noRoom, values: noRoom, signals: [] };
}

/** Adds a sample; of two of one series and moment the later one added wins. */
export function addSample(batch: TelemetryBatch, entry: SeriesEntry, at: number, value: number): void {
  const row = batch.entries.push(entry) - 1;
  if (row >= batch.times.length) {
    batch.times = withMoreRoom(batch.times);
    batch.values = withMoreRoom(batch.values);
  }
  batch.times[row] = at;
  batch.values[row] = value;
}

/** Samples of the first columns; most requests of other doors bring as few. */
const firstRoom = 8;

/** Columns that grow hold nothing that the collector has to move or to look through. */
function withMoreRoom(column: Float64Array): Float64Array {
  const grown = new Float64Array(Math.max(firstRoom, 2 * column.length));
  grown.set(column);
  return grown;
}
