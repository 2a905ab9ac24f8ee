import type { AnomalyEvent, TenantId } from '@heliosiq/model';
import type { SampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { SeriesRows } from './series-rows.ts';

/** One record of samples, as the log has it. */
export interface PartRecord {
  readonly columns: SampleColumns;
  /** The row of each sample's series. */
  readonly rows: Int32Array;
  /** When the log took it, milliseconds since the epoch. */
  readonly appendedAt: number;
}

/** A tenant's records of one partition, in their order, with the series that they are of. */
export interface PartBatch {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly records: readonly PartRecord[];
  /** Holds all series of the records, and more. */
  readonly series: SeriesRows;
  /** The rows of the series that the records have samples of, each once. */
  readonly present: Int32Array;
  /** Called between short steps. */
  readonly breathe: () => Promise<void> | undefined;
}

/**
 * A detector of the stage that looks at more than one series at a time. It must depend on the order of records alone and
 * not on how they are cut into batches, and ignore samples that it has seen: then a crash changes nothing.
 */
export interface DetectPart {
  observe(batch: PartBatch): Promise<readonly AnomalyEvent[]>;
  /** Writes what changed; called after the anomalies are stored and before offsets are committed. */
  save(): Promise<void>;
  /** Drops everything, saved or not: another process may have gone on meanwhile. */
  forget(): void;
}

/** The order of samples of records that are not in the order of time, found once for all parts that ask. */
const orders = new WeakMap<SampleColumns, Int32Array>();
/** 0, 1, 2 and so on, as far as it was needed. */
let ascending = new Int32Array(0);

/** The samples of a record in ascending time; of one moment the order of the record stays. Not to be written to. */
export function samplesByTime({ columns }: PartRecord): Int32Array {
  const { times } = columns;
  if (isAscending(times)) return firstNumbers(times.length);
  const known = orders.get(columns);
  if (known !== undefined) return known;
  const order = firstNumbers(times.length).slice();
  order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  orders.set(columns, order);
  return order;
}

function firstNumbers(count: number): Int32Array {
  if (ascending.length < count) ascending = Int32Array.from({ length: count }, (_, index) => index);
  return ascending.subarray(0, count);
}

function isAscending(times: Float64Array): boolean {
  for (let index = 1; index < times.length; index += 1) {
    if ((times[index] ?? 0) < (times[index - 1] ?? 0)) return false;
  }
  return true;
}
