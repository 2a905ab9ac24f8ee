import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HeliosError, type LogTopicName } from '@heliosiq/model';
import {
  type ConsumerOptions,
  type EventLog,
  type LogConsumer,
  type LogRecord,
  type Logger,
  type Pacer,
  type RecordBatch,
} from '@heliosiq/ports';
import { rejectedRecord } from './rejected-record.ts';
import { createWakeUp } from './wake-up.ts';

/** Who a consumer is to its group. */
export interface Membership {
  readonly group: string;
  readonly memberId: string;
  readonly startAt: 'earliest' | 'latest';
}

/** A partition that a member owns. */
export interface OwnedPartition {
  readonly partition: number;
  /** Grows when the owner changes: a commit of an earlier epoch is refused. */
  readonly epoch: number;
  readonly committedOffset: number;
}

/** A place in the log from which to read. */
export interface ReadPosition {
  readonly topic: LogTopicName;
  readonly partition: number;
  readonly fromOffset: number;
}

/** Consecutive records of one partition. */
export interface RecordRun {
  readonly topic: LogTopicName;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Where the next read begins. */
  readonly nextOffset: number;
}

/** What keeps groups and records, seen by one member. */
export interface MemberStorage {
  /** Joins or says that the member lives, takes over what is its share now, and returns what it owns of a topic. */
  sync(topic: LogTopicName): Promise<readonly OwnedPartition[]>;
  /** Records that follow the positions, ordered per partition; at least one when a position has any. */
  read(
    positions: readonly ReadPosition[],
    bounds: { readonly bytesMax: number; readonly recordsMax: number },
  ): Promise<readonly RecordRun[]>;
  /** Moves the group forward; rejects with `conflict` when the epoch has passed. */
  commit(position: {
    readonly topic: LogTopicName;
    readonly partition: number;
    readonly epoch: number;
    readonly nextOffset: number;
  }): Promise<void>;
  /** Nobody reads any more. Where membership lives on by itself, it ends after the time that a member may be silent. */
  fallSilent?(): void;
  leave(): Promise<void>;
}

/** What a consumer is given by its log. */
export interface ConsumerContext {
  readonly openStorage: (membership: Membership) => MemberStorage;
  readonly logger: Logger | undefined;
  readonly append: EventLog['append'];
  readonly ready: () => Promise<void>;
  /** Registers a listener for appends to topics and for changes of groups. */
  readonly onChange: (listener: LogChangeListener) => Disposable;
  /** How often a member says that it lives. */
  readonly heartbeatMs: number;
  /** Lets readers rest between reads while doors are at work. */
  readonly pacer?: Pacer | undefined;
}

export interface LogChangeListener {
  /** `topics` is undefined when it is not known which ones got records. */
  appended(topics: readonly string[] | undefined): void;
  groupChanged(group: string | undefined): void;
}

/** Without a wake-up a consumer looks this often, and this long after an outage it tries again. */
const pollMs = 3000;
const retryMs = 1000;

/** While records trickle in, reads are this far apart: what comes in between is read together. */
const readIntervalMs = 25;

/** Who is further behind than this rests no more: a burst may wait, but what comes in all the time must be worked off. */
const restBehindMaxMs = 30_000;

/** Payload bytes of one read over all partitions: what a consumer holds at a time is bounded by it, several times as much where payloads are packed. */
const readBytesMax = 4_000_000;

/** A partition as this member sees it; replaced by a new object whenever its owner changed. */
interface Holding {
  readonly topic: LogTopicName;
  readonly partition: number;
  readonly epoch: number;
  /** Where the next read begins. */
  nextOffset: number;
  announced: boolean;
}

/** A member of a consumer group; it joins when `batches` is first asked for. */
export function createConsumer(context: ConsumerContext, options: ConsumerOptions): LogConsumer {
  const { logger, heartbeatMs } = context;
  const membership: Membership = {
    group: options.group,
    memberId: randomUUID(),
    startAt: options.startAt ?? 'earliest',
  };
  const storage = context.openStorage(membership);
  const recordsMax = options.batchRecordsMax ?? 5000;
  const topics = [...new Set(options.topics)].toSorted();
  const holdings = new Map<string, Holding>();
  const disposal = new AbortController();
  let isRunning = false;
  let lastSync: Promise<void> = Promise.resolve();

  const isHeld = (holding: Holding): boolean => holdings.get(placeOf(holding)) === holding;

  /** Renews the membership and takes note of what is owned now; one renewal at a time, none after leaving. */
  function sync(): Promise<void> {
    const renewal = lastSync.then(() => (disposal.signal.aborted ? undefined : renew()));
    lastSync = renewal.catch(() => {});
    return renewal;
  }

  async function renew(): Promise<void> {
    for (const topic of topics) {
      const owned = await storage.sync(topic);
      const places = new Set(owned.map(({ partition }) => placeOf({ topic, partition })));
      for (const [place, holding] of holdings) {
        if (holding.topic === topic && !places.has(place)) holdings.delete(place);
      }
      for (const { partition, epoch, committedOffset } of owned) {
        const place = placeOf({ topic, partition });
        if (holdings.get(place)?.epoch === epoch) continue;
        holdings.set(place, { topic, partition, epoch, nextOffset: committedOffset, announced: false });
      }
    }
  }

  /** Tells the stage about partitions that are new to it, before their first batch. */
  async function announce(): Promise<void> {
    const fresh = [...holdings.values()].filter((holding) => !holding.announced);
    if (fresh.length === 0) return;
    for (const holding of fresh) holding.announced = true;
    for (const topic of topics) {
      const partitions = fresh.filter((holding) => holding.topic === topic).map((holding) => holding.partition);
      if (partitions.length > 0) await options.onAssigned?.(topic, partitions);
    }
  }

  async function read(): Promise<readonly { readonly holding: Holding; readonly segment: RecordRun }[]> {
    const held = [...holdings.values()];
    if (held.length === 0) return [];
    const segments = await storage.read(
      held.map(({ topic, partition, nextOffset }) => ({ topic, partition, fromOffset: nextOffset })),
      { bytesMax: Math.floor(readBytesMax / held.length), recordsMax: Math.max(recordsMax, 1000) },
    );
    const read: { readonly holding: Holding; readonly segment: RecordRun }[] = [];
    for (const segment of segments) {
      const holding = held.find((one) => one.topic === segment.topic && one.partition === segment.partition);
      if (holding === undefined) continue;
      holding.nextOffset = segment.nextOffset;
      read.push({ holding, segment });
    }
    return read;
  }

  function batchOf(holding: Holding, records: readonly LogRecord[]): RecordBatch {
    const { topic, partition, epoch } = holding;
    const nextOffset = (records.at(-1)?.offset ?? -1) + 1;
    return {
      topic,
      partition,
      records,
      commit: () => storage.commit({ topic, partition, epoch, nextOffset }),
      async reject(record, reason) {
        const rejected = rejectedRecord(record, reason);
        await context.append(record.tenantId, rejected.topic, [rejected.record]);
      },
    };
  }

  async function* deliver(signal: AbortSignal): AsyncGenerator<RecordBatch, void, undefined> {
    const wakeUp = createWakeUp();
    let mustSync = true;
    let syncedAt = 0;
    let readAt = -Infinity;
    using _listening = context.onChange({
      appended(appended) {
        if (appended === undefined || topics.some((topic) => appended.includes(topic))) wakeUp.wake();
      },
      groupChanged(group) {
        if (group !== undefined && group !== options.group) return;
        mustSync = true;
        wakeUp.wake();
      },
    });
    // Heartbeats go on while the stage works on a batch: being busy is not being dead.
    const heartbeat = setInterval(() => {
      if (mustSync || performance.now() - syncedAt < heartbeatMs / 2) return;
      syncedAt = performance.now();
      sync().catch((error: unknown) => {
        mustSync = true;
        logger?.warn({ error, group: options.group }, 'a consumer could not renew its membership; trying again');
      });
    }, spread(heartbeatMs));
    try {
      await retrying(signal, context.ready);
      while (!signal.aborted) {
        const startedAt = performance.now();
        const pending = await retrying(signal, async () => {
          if (mustSync) {
            mustSync = false;
            syncedAt = performance.now();
            await sync().catch((error: unknown) => {
              mustSync = true;
              throw error;
            });
          }
          wakeUp.reset();
          return read();
        });
        if (pending === undefined) return;
        readAt = performance.now();
        await announce();
        if (pending.length === 0) {
          await wakeUp.wait(spread(pollMs), signal);
          continue;
        }
        for (const batch of joined(pending, recordsMax)) {
          if (signal.aborted) return;
          // Taken over meanwhile: its new owner delivers it.
          if (isHeld(batch.holding)) yield batchOf(batch.holding, batch.records);
        }
        const records = pending.reduce((sum, { segment }) => sum + segment.records.length, 0);
        const restMs = readAt + readIntervalMs - performance.now();
        const workedMs = performance.now() - startedAt;
        if (records < recordsMax / 2 && restMs > 0) await delay(restMs, undefined, { signal }).catch(() => {});
        if (mayRest(pending)) await context.pacer?.rest(workedMs, signal);
      }
    } finally {
      clearInterval(heartbeat);
      storage.fallSilent?.();
    }
  }

  function mayRest(pending: readonly { readonly segment: RecordRun }[]): boolean {
    const now = Date.now();
    const oldestAt = now - behindMs(pending, now);
    const isUrgent = options.isUrgent === true && context.pacer?.urgencyOf(oldestAt, now) === 'urgent';
    return !isUrgent && now - oldestAt < restBehindMaxMs;
  }

  /** Waits out an outage of the log; undefined when the signal aborts meanwhile. */
  async function retrying<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) return undefined;
        const passing = error instanceof HeliosError && (error.code === 'unavailable' || error.code === 'timeout');
        if (!passing) throw error;
        logger?.warn({ error, group: options.group }, 'a consumer cannot read the event log; trying again');
        await delay(retryMs, undefined, { signal }).catch(() => {});
        if (signal.aborted) return undefined;
      }
    }
  }

  async function* batches(signal: AbortSignal): AsyncGenerator<RecordBatch, void, undefined> {
    if (isRunning) throw new HeliosError('internal', 'A consumer delivers to one reader at a time');
    isRunning = true;
    try {
      yield* deliver(AbortSignal.any([signal, disposal.signal]));
    } finally {
      isRunning = false;
      holdings.clear();
    }
  }

  return {
    batches,
    async [Symbol.asyncDispose]() {
      if (disposal.signal.aborted) return;
      disposal.abort();
      await lastSync;
      // Who cannot say goodbye during an outage is missed after a while.
      await storage.leave().catch((error: unknown) => {
        logger?.warn({ error, group: options.group }, 'a consumer could not leave its group');
      });
    },
  };
}

/** A time somewhat shorter, so that consumers that began together do not all ask at the same moment. */
function spread(ms: number): number {
  return ms * (0.7 + 0.3 * Math.random());
}

function placeOf(holding: { readonly topic: LogTopicName; readonly partition: number }): string {
  return `${holding.topic}/${holding.partition}`;
}

/** How long ago the oldest of what was read was appended. */
function behindMs(pending: readonly { readonly segment: RecordRun }[], now: number): number {
  let behind = 0;
  for (const { segment } of pending) behind = Math.max(behind, now - (segment.records[0]?.appendedAt ?? now));
  return behind;
}

/** Joins neighbouring segments of one partition into batches of at most `recordsMax` records, and parts larger ones. */
function* joined(
  pending: readonly { readonly holding: Holding; readonly segment: RecordRun }[],
  recordsMax: number,
): Generator<{ readonly holding: Holding; readonly records: readonly LogRecord[] }> {
  for (const [holding, read] of Map.groupBy(pending, (one) => one.holding)) {
    // Most have one segment, which is taken as it is.
    const [only] = read.length === 1 ? read : [];
    const records = only?.segment.records ?? read.flatMap(({ segment }) => segment.records);
    for (let from = 0; from < records.length; from += recordsMax) {
      const isWhole = from === 0 && records.length <= recordsMax;
      yield { holding, records: isWhole ? records : records.slice(from, from + recordsMax) };
    }
  }
}
