import type { QueryConfig } from 'pg';
import { HeliosError, topicShape, type LogTopicName, type TenantId } from '@heliosiq/model';
import type { NewRecord, Pacer } from '@heliosiq/ports';
import type { LogTail } from '../event-log/log-tail.ts';
import { checkRecords } from '../event-log/limits.ts';
import { partitionOfKey } from '../event-log/partition-of-key.ts';
import { createAppendNotices } from './append-notices.ts';
import type { Database, TurnQueue } from './database.ts';
import { appendChannel, type Segment, writeSegments } from './write-segments.ts';

/** Records of one segment at most: readers that start in the middle of one look this far back. */
export const segmentRecordsMax = 1000;

/** A segment is closed when its values reach this. */
const segmentBytesMax = 1_000_000;

/** Values in one transaction at most (a single larger append goes alone), and values that may wait in one queue. */
const flushBytesMax = 16_000_000;
const waitingBytesMax = 128_000_000;

/**
 * A transaction begins no sooner after the one before it, unless all are there who may be expected. Where many append one by one,
 * what a transaction costs here and in the server is most of what their appends cost; who appends alone does not wait.
 */
const transactionEveryMs = 3;

/** So long those are expected who came when the whole time was waited for. */
const expectedForMs = 100;

/** One call of `append` that waits for its transaction. */
interface WaitingAppend {
  readonly tenantId: TenantId;
  readonly topic: LogTopicName;
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A segment that takes more records. */
interface OpenSegment extends Segment {
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

/** Who in this program is told of what became durable; other programs are told by NOTIFY, with the sender's name. */
export interface ToldOfAppends {
  readonly sender: string;
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
  { sender, tail, onAppended, queue }: ToldOfAppends & { readonly queue: TurnQueue },
): Appender {
  const notices = createAppendNotices(sender, (notice) => database.runInTurn(sendingOf(notice), queue));
  let waiting: WaitingAppend[] = [];
  let waitingBytes = 0;
  let flushing: Promise<void> | undefined;
  /** When the last transaction was begun, and whether several appends shared it. */
  let beganAt = -Infinity;
  let wasShared = false;
  /** How many appends a transaction may be expected to be shared by, and until when that holds. */
  let expected = 0;
  let expectedUntil = -Infinity;
  /** Ends the wait for others. */
  let stopGathering: (() => void) | undefined;

  async function flushAll(): Promise<void> {
    // Calls of the same turn of the event loop share the first transaction already.
    await Promise.resolve();
    while (waiting.length > 0) {
      await gather();
      // All of them may have been withdrawn meanwhile.
      if (waiting.length === 0) break;
      beganAt = performance.now();
      const taken = takeUpTo(flushBytesMax);
      wasShared = taken.length > 1;
      try {
        await ready();
        await write(segmentsOf(taken));
        for (const append of taken) append.resolve();
      } catch (error) {
        for (const append of taken) append.reject(error);
      }
    }
    flushing = undefined;
  }

  /** Waits for others who are about to append. */
  async function gather(): Promise<void> {
    // Who appends alone, one after the other, would only wait longer each time.
    const mayShare = wasShared || waiting.length > 1;
    const restMs = transactionEveryMs - (performance.now() - beganAt);
    if (!mayShare || restMs <= 0 || areAllThere()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, restMs);
      stopGathering = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    stopGathering = undefined;
    const now = performance.now();
    const isKnown = now < expectedUntil;
    expected = isKnown ? Math.max(expected, waiting.length) : waiting.length;
    if (!isKnown) expectedUntil = now + expectedForMs;
  }

  function areAllThere(): boolean {
    return waiting.length >= expected && performance.now() < expectedUntil;
  }

  async function write(segments: readonly Segment[]): Promise<void> {
    const topics = [...new Set(segments.map(({ topic }) => topic))];
    const notice = notices.take(topics);
    const runs = await writeSegments(database, segments, { notice, queue }).catch((error: unknown) => {
      notices.giveBack(notice);
      throw error;
    });
    for (const run of runs) tail.add(run);
    onAppended(topics);
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
        if (stopGathering !== undefined && areAllThere()) stopGathering();
        flushing ??= flushAll();
      });
    },
    async drain() {
      while (flushing !== undefined) await flushing;
      await notices.flush();
    },
  };
}

/** On the connection of the appends: a notice that goes alone is behind the append that it tells of. */
function sendingOf(notice: string): QueryConfig {
  return { name: 'event-log-notice', text: `select pg_notify('${appendChannel}', $1)`, values: [notice] };
}

/** Sorts records into segments; the order of records of one key is the order of the calls. */
function segmentsOf(appends: readonly WaitingAppend[]): readonly Segment[] {
  const open = new Map<string, OpenSegment>();
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
