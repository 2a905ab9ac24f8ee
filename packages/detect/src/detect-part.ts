import type { AnomalyEvent, SeriesRef, TenantId } from '@heliosiq/model';
import type { SampleColumns } from '@heliosiq/model/sample-columns.ts';

/** One record of samples, as the log has it. */
export interface PartRecord {
  readonly columns: SampleColumns;
  /** When the log took it, milliseconds since the epoch. */
  readonly appendedAt: number;
}

/** A tenant's records of one partition, in their order, with the series that they are of. */
export interface PartBatch {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly records: readonly PartRecord[];
  readonly series: ReadonlyMap<number, SeriesRef>;
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

/** The samples of a record by asset, each in ascending time; samples of series that are not described are left out. */
export function samplesByAsset(
  { columns }: PartRecord,
  series: ReadonlyMap<number, SeriesRef>,
): ReadonlyMap<string, readonly number[]> {
  const rowsOf = new Map<string, number[]>();
  for (let row = 0; row < columns.refs.length; row += 1) {
    const asset = series.get(columns.refs[row] ?? 0)?.asset;
    if (asset === undefined) continue;
    const rows = rowsOf.get(asset);
    if (rows === undefined) rowsOf.set(asset, [row]);
    else rows.push(row);
  }
  if (isAscending(columns.times)) return rowsOf;
  for (const rows of rowsOf.values()) {
    // A sort is stable: of one moment the order of the record stays.
    rows.sort((a, b) => (columns.times[a] ?? 0) - (columns.times[b] ?? 0));
  }
  return rowsOf;
}

/** The order of the rows of records, found once for all parts that ask. */
const orders = new WeakMap<SampleColumns, Int32Array>();

/** The rows of a record in ascending time; of one moment the order of the record stays. */
export function rowsByTime({ columns }: PartRecord): Int32Array {
  const known = orders.get(columns);
  if (known !== undefined) return known;
  const rows = Int32Array.from(columns.times.keys());
  if (!isAscending(columns.times)) rows.sort((a, b) => (columns.times[a] ?? 0) - (columns.times[b] ?? 0));
  orders.set(columns, rows);
  return rows;
}

function isAscending(times: Float64Array): boolean {
  for (let row = 1; row < times.length; row += 1) if ((times[row] ?? 0) < (times[row - 1] ?? 0)) return false;
  return true;
}
