import { setTimeout as wait } from 'node:timers/promises';
import type { QueryConfig } from 'pg';
import { HeliosError, topicShape, type LogTopicName, type TenantId } from '@heliosiq/model';
import type { NewRecord, Pacer } from '@heliosiq/ports';
import type { LogTail } from '../event-log/log-tail.ts';
import { checkRecords } from '../event-log/limits.ts';
import { partitionOfKey } from '../event-log/partition-of-key.ts';
import { createAppendNotices, type AppendNotices } from './append-notices.ts';
import { arrayLiteral, textArrayLiteral } from './array-literal.ts';
import type { Database, TurnQueue } from './database.ts';
import { encodeRecords } from './record-codec.ts';

/** Channel on which appends name their topics, parted by commas. */
export const appendChannel = 'helios_event_log';

/** Records of one segment at most: readers that start in the middle of one look this far back. */
export const segmentRecordsMax = 1000;

/** A segment is closed when its values reach this. */
const segmentBytesMax = 1_000_000;

/** Values in one transaction at most (a single larger append goes alone), and values that may wait in one queue. */
const flushBytesMax = 16_000_000;
const waitingBytesMax = 128_000_000;

/**
 * A transaction begins no sooner after the one before it. Where many append one by one, what a transaction costs here and in the
 * server is most of what their appends cost; who appends alone does not wait.
 */
const transactionEveryMs = 2;

/** One call of `append` that waits for its transaction. */
interface WaitingAppend {
  readonly tenantId: TenantId;
  readonly topic: LogTopicName;
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Records of one tenant for one partition that become one row. */
interface Segment {
  readonly topic: LogTopicName;
  readonly partition: number;
  readonly tenantId: TenantId;
  readonly records: NewRecord[];
  bytes: number;
}

export type Append = (
  tenantId: TenantId,
  topic: LogTopicName,
  records: readonly NewRecord[],
  options?: { readonly signal?: AbortSignal },
) => Promise<void>;

export interface Appender {
  readonly append: Append;
  /** Resolves when nothing is under way. */
  drain(): Promise<void>;
}

/** Who in this program is told of what became durable; other programs are told by NOTIFY. */
export interface ToldOfAppends {
  readonly tail: LogTail;
  readonly onAppended: (topics: readonly LogTopicName[]) => void;
}

/**
 * Appends with group commit. Signals, for which senders wait at the doors, have a queue and a connection of their own: what
 * stages tell each other, which may be much at a time, is never ahead of them.
 */
export function createAppender(
  database: Database,
  ready: () => Promise<void>,
  { pacer, ...told }: ToldOfAppends & { readonly pacer?: Pacer | undefined },
): Appender {
  const doors = createQueue(database, ready, { ...told, queue: 'doors' });
  const stages = createQueue(database, ready, { ...told, queue: 'stages' });
  return {
    append(tenantId, topic, records, options) {
      if (topic !== 'signals') return stages.append(tenantId, topic, records, options);
      // Signals come from doors alone.
      if (records.length > 0) pacer?.noteDoor();
      return doors.append(tenantId, topic, records, options);
    },
    async drain() {
      await Promise.all([doors.drain(), stages.drain()]);
    },
  };
}

/** What arrives while a transaction is under way goes into the next one together, so that many small appends share one flush to disk. */
function createQueue(
  database: Database,
  ready: () => Promise<void>,
  { tail, onAppended, queue }: ToldOfAppends & { readonly queue: TurnQueue },
): Appender {
  const notices = createAppendNotices((topics) => database.runInTurn(noticeOf(topics), queue));
  let waiting: WaitingAppend[] = [];
  let waitingBytes = 0;
  let flushing: Promise<void> | undefined;
  /** When the last transaction was begun, and whether several appends shared it. */
  let beganAt = -Infinity;
  let wasShared = false;

  async function flushAll(): Promise<void> {
    // Calls of the same turn of the event loop share the first transaction already.
    await Promise.resolve();
    while (waiting.length > 0) {
      // Who appends alone, one after the other, would only wait longer each time.
      const mayShare = wasShared || waiting.length > 1;
      const restMs = transactionEveryMs - (performance.now() - beganAt);
      if (mayShare && restMs > 0) await wait(restMs);
      // All of them may have been withdrawn meanwhile.
      if (waiting.length === 0) break;
      beganAt = performance.now();
      const taken = takeUpTo(flushBytesMax);
      wasShared = taken.length > 1;
      try {
        await ready();
        onAppended(await writeSegments(database, segmentsOf(taken), { tail, notices, queue }));
        for (const append of taken) append.resolve();
      } catch (error) {
        for (const append of taken) append.reject(error);
      }
    }
    flushing = undefined;
  }

  function takeUpTo(bytesMax: number): readonly WaitingAppend[] {
    let count = 0;
    let bytes = 0;
    for (const append of waiting) {
      if (count > 0 && bytes + append.bytes > bytesMax) break;
      bytes += append.bytes;
      count += 1;
    }
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingBytes -= bytes;
    return taken;
  }

  /** The same append, which the signal takes back. */
  function withdrawable(append: WaitingAppend, signal: AbortSignal): WaitingAppend {
    const withdraw = (): void => {
      // Once its transaction has begun, an append waits for the outcome: it may be durable already.
      if (!waiting.includes(entry)) return;
      waiting = waiting.filter((other) => other !== entry);
      waitingBytes -= append.bytes;
      append.reject(signal.reason);
    };
    const settled = (): void => signal.removeEventListener('abort', withdraw);
    const entry: WaitingAppend = {
      ...append,
      resolve: () => (settled(), append.resolve()),
      reject: (error) => (settled(), append.reject(error)),
    };
    signal.addEventListener('abort', withdraw, { once: true });
    return entry;
  }

  return {
    append(tenantId, topic, records, options = {}) {
      const { signal } = options;
      if (records.length === 0) return Promise.resolve();
      let bytes = 0;
      for (const record of records) bytes += record.value.byteLength;
      return new Promise<void>((resolve, reject) => {
        signal?.throwIfAborted();
        checkRecords(records);
        if (waitingBytes > waitingBytesMax) {
          throw new HeliosError('unavailable', 'Too much waits to be written to the event log', { retryAfterS: 1 });
        }
        const entry = { tenantId, topic, records, bytes, resolve, reject };
        waiting.push(signal === undefined ? entry : withdrawable(entry, signal));
        waitingBytes += bytes;
        flushing ??= flushAll();
      });
    },
    async drain() {
      while (flushing !== undefined) await flushing;
      await notices.flush();
    },
  };
}

/** Sorts records into segments; the order of records of one key is the order of the calls. */
function segmentsOf(appends: readonly WaitingAppend[]): readonly Segment[] {
  const open = new Map<string, Segment>();
  const segments: Segment[] = [];
  for (const { tenantId, topic, records } of appends) {
    const { partitions } = topicShape(topic);
    for (const record of records) {
      const partition = partitionOfKey(record.key, partitions);
      const place = `${topic}/${partition}/${tenantId}`;
      let segment = open.get(place);
      if (segment === undefined || segment.records.length >= segmentRecordsMax || segment.bytes >= segmentBytesMax) {
        segment = { topic, partition, tenantId, records: [], bytes: 0 };
        open.set(place, segment);
        segments.push(segment);
      }
      segment.records.push(record);
      segment.bytes += record.value.byteLength;
    }
  }
  return segments;
}

/**
 * Moves the ends of the touched partitions and adds the segments. The rows of the partitions are locked in one order,
 * so that appends never wait for each other in a circle, and until COMMIT, so that offsets become visible in their order.
 */
const insertSegments = `
  with segment as materialized (
    select * from unnest($1::text[], $2::int[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[]) with ordinality
      as t(topic, partition, tenant_id, record_count, records_before, payload_at, payload_length, place)
  ), touched as materialized (
    select topic, partition, sum(record_count) as record_count from segment group by topic, partition
  ), locked as materialized (
    select p.topic, p.partition from event_log_partition p
     where (p.topic, p.partition) in (select topic, partition from touched)
     order by p.topic, p.partition for update
  ), moved as (
    update event_log_partition p set next_offset = p.next_offset + touched.record_count
      from locked join touched using (topic, partition)
     where p.topic = locked.topic and p.partition = locked.partition
    returning p.topic, p.partition, p.next_offset - touched.record_count as base_offset
  ), inserted as (
    insert into event_log_segment (topic, partition, base_offset, tenant_id, record_count, appended_at, payload)
    select topic, partition, base_offset + records_before, tenant_id, record_count,
           (extract(epoch from clock_timestamp()) * 1000)::bigint,
           substring($8::bytea from payload_at + 1 for payload_length)
      from segment join moved using (topic, partition)
    returning topic, partition, base_offset, appended_at
  ), told as materialized (
    select pg_notify('${appendChannel}', $9) where $9 <> ''
  )
  select inserted.base_offset, inserted.appended_at
    from (select count(*) from told) as heard, segment join moved using (topic, partition)
    join inserted on inserted.topic = segment.topic and inserted.partition = segment.partition
     and inserted.base_offset = moved.base_offset + segment.records_before
   order by segment.place`;

/** On the connection of the appends: a notice that goes alone is behind the append that it tells of. */
function noticeOf(topics: string): QueryConfig {
  return { name: 'event-log-notice', text: `select pg_notify('${appendChannel}', $1)`, values: [topics] };
}

/** Answers the topics that got records. */
async function writeSegments(
  database: Database,
  segments: readonly Segment[],
  { tail, notices, queue }: { readonly tail: LogTail; readonly notices: AppendNotices; readonly queue: TurnQueue },
): Promise<readonly LogTopicName[]> {
  const topics = [...new Set(segments.map((segment) => segment.topic))];
  const payloads = await Promise.all(segments.map((segment) => encodeRecords(segment.records)));
  const recordsBefore = new Map<string, number>();
  const before: number[] = [];
  const payloadAt: number[] = [];
  let length = 0;
  for (const [index, { topic, partition, records }] of segments.entries()) {
    const place = `${topic}/${partition}`;
    const count = recordsBefore.get(place) ?? 0;
    before.push(count);
    recordsBefore.set(place, count + records.length);
    payloadAt.push(length);
    length += payloads[index]?.length ?? 0;
  }
  const notice = notices.take(topics);
  const values = [
    textArrayLiteral(segments.map((segment) => segment.topic)),
    arrayLiteral(segments.map((segment) => segment.partition)),
    textArrayLiteral(segments.map((segment) => segment.tenantId)),
    arrayLiteral(segments.map((segment) => segment.records.length)),
    arrayLiteral(before),
    arrayLiteral(payloadAt),
    arrayLiteral(payloads.map((payload) => payload.length)),
    payloads.length === 1 ? payloads[0] : Buffer.concat(payloads),
    notice,
  ];
  const statement = { name: 'event-log-append', text: insertSegments, values };
  const { rows } = await database
    .runInTurn<{ base_offset: number; appended_at: number }>(statement, queue)
    .catch((error: unknown) => {
      notices.giveBack(notice);
      throw error;
    });
  if (rows.length !== segments.length) {
    throw new HeliosError('internal', 'The event log lacks a partition of a topic');
  }
  for (const [index, { base_offset: baseOffset, appended_at: appendedAt }] of rows.entries()) {
    const segment = segments[index];
    if (segment === undefined) continue;
    const { topic, partition, tenantId, records } = segment;
    tail.add({
      topic,
      partition,
      records: records.map((record, place) => ({
        ...record,
        ...{ tenantId, topic, partition, offset: baseOffset + place, appendedAt },
      })),
      nextOffset: baseOffset + records.length,
    });
  }
  return topics;
}
