import type { TenantId } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { Breathe } from '@heliosiq/model/sample-gathering.ts';
import type { Counter, LogRecord, RecordBatch, SeriesRegistry } from '@heliosiq/ports';
import type { PartRecord } from './detect-part.ts';
import { type SeriesRows, rowsOfRefs } from './series-rows.ts';

/** A tenant's records of a batch, and the rows of its series, to which those are added that have none yet. */
export interface RecordsToRead {
  readonly tenantId: TenantId;
  readonly records: readonly LogRecord[];
  readonly series: SeriesRows;
  readonly breathe: Breathe;
}

/**
 * Reads the samples of records, each with the rows of its series. Records that cannot be read, and those of series that nobody
 * knows, are rejected and counted; signals of other kinds pass by.
 */
export function createRecordReader({
  registry,
  rejected,
}: {
  readonly registry: Pick<SeriesRegistry, 'describe'>;
  readonly rejected: Counter;
}): (batch: RecordBatch, given: RecordsToRead) => Promise<readonly PartRecord[]> {
  async function reject(batch: RecordBatch, record: LogRecord, reason: string): Promise<void> {
    rejected.add(1);
    await batch.reject(record, reason);
  }

  return async (batch, { tenantId, records, series, breathe }) => {
    const decoded: { readonly record: LogRecord; readonly read: PartRecord }[] = [];
    const unknown = new Set<number>();
    for (const record of records) {
      if (!isSampleColumns(record.value)) continue;
      const columns = decodeSampleColumns(record.value);
      if (columns.ok) {
        const { refs } = columns.value;
        const rows = rowsOfRefs(series, refs);
        decoded.push({ record, read: { columns: columns.value, rows, appendedAt: record.appendedAt } });
        for (let index = 0; index < rows.length; index += 1) if (rows[index] === -1) unknown.add(refs[index] ?? 0);
      } else await reject(batch, record, columns.reason);
      await breathe();
    }
    if (unknown.size === 0) return decoded.map(({ read }) => read);
    const described = await registry.describe(tenantId, [...unknown]);
    for (const ref of unknown) {
      const found = described.get(ref);
      if (found !== undefined) series.add(ref, found);
    }
    const known: PartRecord[] = [];
    for (const { record, read } of decoded) {
      const rows = read.rows.includes(-1) ? rowsOfRefs(series, read.columns.refs) : read.rows;
      if (rows.includes(-1)) await reject(batch, record, 'a sample is of a series that nobody knows');
      else known.push({ ...read, rows });
    }
    return known;
  };
}
