import type { SeriesRef, TenantId } from '@heliosiq/model';
import type { SampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { PartBatch } from '../../packages/detect/src/detect-part.ts';
import { createSeriesRows, rowsOfRefs } from '../../packages/detect/src/series-rows.ts';

/** Records as a part of the stage gets them, of series by their numbers. */
export function batchOf({
  tenantId,
  partition,
  records,
  known,
}: {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly records: readonly { readonly columns: SampleColumns; readonly appendedAt: number }[];
  readonly known: ReadonlyMap<number, SeriesRef>;
}): PartBatch {
  const series = createSeriesRows();
  for (const [ref, one] of known) series.add(ref, one);
  const read = records.map((record) => ({ ...record, rows: rowsOfRefs(series, record.columns.refs) }));
  const present = Int32Array.from(new Set(read.flatMap(({ rows }) => [...rows])));
  return { tenantId, partition, records: read, series, present, breathe: () => undefined };
}
