import type { LogTopicName, TenantId } from '@heliosiq/model';
import type { LogRecord } from '@heliosiq/ports';
import type { ReadPosition, RecordRun } from '../event-log/group-consumer.ts';
import type { Database } from './database.ts';
import { segmentRecordsMax } from './event-log-append.ts';
import { decodeRecords } from './record-codec.ts';

interface SegmentRow {
  readonly topic: LogTopicName;
  readonly partition: number;
  readonly base_offset: number;
  readonly tenant_id: TenantId;
  readonly record_count: number;
  readonly appended_at: number;
  readonly payload: Buffer;
}

/** Segments looked at per partition and query; the bounds on bytes and records cut further. */
const segmentsMax = 256;

/** The first segment of each position is read however large it is, further ones while they fit both bounds. */
const selectSegments = `
  select s.topic, s.partition, s.base_offset, s.tenant_id, s.record_count, s.appended_at, s.payload
    from unnest($1::text[], $2::int[], $3::bigint[]) as t(topic, partition, from_offset)
   cross join lateral (
      select x.*,
             sum(octet_length(x.payload)) over w - octet_length(x.payload) as bytes_before,
             sum(x.record_count) over w - x.record_count as records_before
        from (select * from event_log_segment e
               where e.topic = t.topic and e.partition = t.partition
                 and e.base_offset > t.from_offset - ${segmentRecordsMax}
                 and e.base_offset + e.record_count > t.from_offset
                 and ($6::text is null or e.tenant_id = $6)
               order by e.base_offset limit ${segmentsMax}) x
      window w as (order by x.base_offset)
   ) s
   where s.bytes_before < $4 and s.records_before < $5
   order by s.topic, s.partition, s.base_offset`;

/** Reads what follows the positions, in order per partition, of one tenant or of all. */
export async function readSegments(
  database: Database,
  positions: readonly ReadPosition[],
  bounds: { readonly bytesMax: number; readonly recordsMax: number; readonly tenantId?: TenantId },
): Promise<readonly RecordRun[]> {
  const query = {
    name: 'event-log-read',
    text: selectSegments,
    values: [
      positions.map((position) => position.topic),
      positions.map((position) => position.partition),
      positions.map((position) => position.fromOffset),
      bounds.bytesMax,
      bounds.recordsMax,
      bounds.tenantId ?? null,
    ],
  };
  const { rows } =
    bounds.tenantId === undefined
      ? await database.runAlone<SegmentRow>(query)
      : await database.withClient(bounds.tenantId, (client) => client.query<SegmentRow>(query));
  const starts = new Map(positions.map((position) => [`${position.topic}/${position.partition}`, position.fromOffset]));
  const runs: RecordRun[] = [];
  // One by one, with turns of the event loop in between.
  for (const row of rows) runs.push(await decodeSegment(row, starts.get(`${row.topic}/${row.partition}`) ?? 0));
  return runs;
}

async function decodeSegment(row: SegmentRow, fromOffset: number): Promise<RecordRun> {
  const { topic, partition, base_offset: baseOffset, tenant_id: tenantId, appended_at: appendedAt } = row;
  const records: LogRecord[] = [];
  const decoded = await decodeRecords(row.payload, row.record_count);
  for (const [index, record] of decoded.entries()) {
    const offset = baseOffset + index;
    if (offset >= fromOffset) records.push({ ...record, tenantId, topic, partition, offset, appendedAt });
  }
  return { topic, partition, records, nextOffset: baseOffset + row.record_count };
}
