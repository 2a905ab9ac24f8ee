import { HeliosError, type LogTopicName, type TenantId } from '@heliosiq/model';
import type { NewRecord } from '@heliosiq/ports';
import type { RecordRun } from '../event-log/group-consumer.ts';
import { arrayLiteral, textArrayLiteral } from './array-literal.ts';
import type { Database, TurnQueue } from './database.ts';
import { encodeRecords } from './record-codec.ts';

/** Channel of the notices of appends. */
export const appendChannel = 'helios_event_log';

/** Records of one tenant for one partition that become one row. */
export interface Segment {
  readonly topic: LogTopicName;
  readonly partition: number;
  readonly tenantId: TenantId;
  readonly records: readonly NewRecord[];
}

/**
 * Moves the ends of the touched partitions and adds the segments. The rows of the partitions are locked in the order in which
 * they are given, so that appends never wait for each other in a circle, and until COMMIT, so that offsets become visible in
 * their order.
 */
const insertSegments = `
  with moved as (
    update event_log_partition p set next_offset = p.next_offset + touched.record_count
      from (select held.topic, held.partition, record_count, place
              from unnest($1::text[], $2::int[], $3::int[]) with ordinality as given(topic, partition, record_count, place)
              join event_log_partition held on held.topic = given.topic and held.partition = given.partition
             order by place for update of held) as touched
     where p.topic = touched.topic and p.partition = touched.partition
    returning touched.place, p.topic, p.partition, p.next_offset - touched.record_count as base_offset
  )
  insert into event_log_segment (topic, partition, base_offset, tenant_id, record_count, appended_at, payload)
  select topic, partition, base_offset + records_before, tenant_id, record_count,
         (extract(epoch from clock_timestamp()) * 1000)::bigint,
         substring($9::bytea from payload_at + 1 for payload_length)
    from unnest($4::int[], $5::text[], $6::int[], $7::int[], $8::int[], $10::int[])
      as segment(place, tenant_id, record_count, records_before, payload_at, payload_length) join moved using (place)
  returning topic, partition, base_offset, appended_at, (select pg_notify('${appendChannel}', $11) where $11 <> '')`;

/** Where a segment came to lie. */
interface SegmentPlace {
  readonly topic: string;
  readonly partition: number;
  readonly base_offset: number;
  readonly appended_at: number;
}

/** Writes segments in one transaction, with a notice where it is not empty; those of one partition follow each other as given. */
export async function writeSegments(
  database: Database,
  segments: readonly Segment[],
  { notice, queue }: { readonly notice: string; readonly queue: TurnQueue },
): Promise<readonly RecordRun[]> {
  const sorted = segments.toSorted(byPlace);
  const payloads = await Promise.all(sorted.map(({ records }) => encodeRecords(records)));
  const values = [...valuesOf(sorted, payloads), notice];
  const statement = { name: 'event-log-append', text: insertSegments, values };
  const { rows } = await database.runInTurn<SegmentPlace>(statement, queue);
  if (rows.length !== sorted.length) throw new HeliosError('internal', 'The event log lacks a partition of a topic');
  const places = rows.toSorted((one, other) => byPlace(one, other) || one.base_offset - other.base_offset);
  return places.flatMap((place, index) => {
    const segment = sorted[index];
    return segment === undefined ? [] : [runOf(segment, place)];
  });
}

/** What the statement takes but the notice: the partitions with their numbers of records, then the segments. */
function valuesOf(sorted: readonly Segment[], payloads: readonly Buffer[]): unknown[] {
  const firsts: Segment[] = [];
  const counts: number[] = [];
  const placeOf: number[] = [];
  const before: number[] = [];
  const payloadAt: number[] = [];
  let length = 0;
  for (const [index, segment] of sorted.entries()) {
    const last = firsts.at(-1);
    if (last === undefined || byPlace(last, segment) !== 0) {
      firsts.push(segment);
      counts.push(0);
    }
    const count = counts.at(-1) ?? 0;
    placeOf.push(firsts.length);
    before.push(count);
    counts[counts.length - 1] = count + segment.records.length;
    payloadAt.push(length);
    length += payloads[index]?.length ?? 0;
  }
  return [
    textArrayLiteral(firsts.map(({ topic }) => topic)),
    arrayLiteral(firsts.map(({ partition }) => partition)),
    arrayLiteral(counts),
    arrayLiteral(placeOf),
    textArrayLiteral(sorted.map(({ tenantId }) => tenantId)),
    arrayLiteral(sorted.map(({ records }) => records.length)),
    arrayLiteral(before),
    arrayLiteral(payloadAt),
    payloads.length === 1 ? payloads[0] : Buffer.concat(payloads),
    arrayLiteral(payloads.map((payload) => payload.length)),
  ];
}

function byPlace(
  one: Pick<SegmentPlace, 'topic' | 'partition'>,
  other: Pick<SegmentPlace, 'topic' | 'partition'>,
): number {
  if (one.topic !== other.topic) return one.topic < other.topic ? -1 : 1;
  return one.partition - other.partition;
}

function runOf(
  { topic, partition, tenantId, records }: Segment,
  { base_offset: firstOffset, appended_at: appendedAt }: SegmentPlace,
): RecordRun {
  return {
    topic,
    partition,
    records: records.map((record, index) => {
      return { ...record, tenantId, topic, partition, offset: firstOffset + index, appendedAt };
    }),
    nextOffset: firstOffset + records.length,
  };
}
