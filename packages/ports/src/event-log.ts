import type { LogTopicName, RejectedTopicName, TenantId, TopicName } from '@heliosiq/model';

/** A record to append. */
export interface NewRecord {
  /** Orders: records of one key in one topic are read in the order of their appends. */
  readonly key: string;
  /** Names the fact, not the delivery: a consumer that sees the same id again must change nothing. */
  readonly id: string;
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record as read. */
export interface LogRecord extends NewRecord {
  readonly tenantId: TenantId;
  readonly topic: LogTopicName;
  readonly partition: number;
  /** Position in its partition, ascending, not necessarily without gaps. */
  readonly offset: number;
  readonly appendedAt: number;
}

/** Records of one partition, in order. */
export interface RecordBatch {
  readonly topic: LogTopicName;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /**
   * Says that the effects of this batch, and of all earlier ones of its partition, are durable. A stage may
   * leave batches uncommitted and commit a later one. Rejects with `conflict` when the partition was taken
   * over by another member since; the records will be delivered there. It can be kept without the batch, whose records
   * may be many.
   */
  readonly commit: () => Promise<void>;
  /** Appends the record to the rejected topic with the reason; the caller goes on and commits as usual. */
  reject(record: LogRecord, reason: string): Promise<void>;
}

export interface ConsumerOptions {
  /** Members of one group share the partitions; each group sees every record. */
  readonly group: string;
  readonly topics: readonly LogTopicName[];
  /** Where a group without a committed offset begins. Default `earliest`. */
  readonly startAt?: 'earliest' | 'latest';
  /** Records in one batch at most. Default 5,000. */
  readonly batchRecordsMax?: number;
  /** Somebody waits for what the reader makes of the records: while it is near the head it does not rest for doors. Default false. */
  readonly isUrgent?: boolean;
  /** Called before the first batch of newly owned partitions, also when their owner changed. */
  readonly onAssigned?: (topic: LogTopicName, partitions: readonly number[]) => Promise<void>;
}

/** Member of a consumer group. Disposing it leaves the group, so that others take over at once. */
export interface LogConsumer extends AsyncDisposable {
  /** Yields batches as they arrive, until the signal aborts or the consumer is disposed; then ends without error. */
  batches(signal: AbortSignal): AsyncIterable<RecordBatch>;
}

/** How far a group is behind in one partition. */
export interface PartitionLag {
  readonly group: string;
  readonly topic: LogTopicName;
  readonly partition: number;
  readonly committedOffset: number;
  readonly endOffset: number;
  readonly lagRecords: number;
}

/** Part of a topic as read for inspection, outside any group. */
export interface LogSlice {
  readonly records: readonly LogRecord[];
  /** Continue reading here; equals the end offset when nothing is left. */
  readonly nextOffset: number;
}

/**
 * The ordered, durable log between stages.
 *
 * Promises:
 * - When `append` resolves, its records are durable; all of them or, when it rejects, possibly none.
 * - Records of one key in one topic are delivered in append order. Partition = stable hash of the key.
 * - Every record is delivered to every group at least once; after `commit`, a new member of the group starts behind it.
 * - At most one live member of a group owns a partition; ownership moves when members come, leave or die (within 15 s).
 * - Records are removed by age alone, as the topic table says, never one by one.
 */
export interface EventLog extends AsyncDisposable {
  append(
    tenantId: TenantId,
    topic: LogTopicName,
    records: readonly NewRecord[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
  consumer(options: ConsumerOptions): LogConsumer;
  /** Lag of every group that has committed or is connected. */
  lag(): Promise<readonly PartitionLag[]>;
  /** Reads a tenant's records of one partition from an offset, at most `recordsMax` (1 to 10,000) of them. */
  read(
    tenantId: TenantId,
    topic: LogTopicName,
    position: { readonly partition: number; readonly fromOffset: number; readonly recordsMax: number },
  ): Promise<LogSlice>;
  /**
   * Removes what is older than its topic keeps, seen from `now`; returns how many records went.
   * Also forgets groups that have had no member for a week or more.
   */
  enforceRetention(now: number): Promise<number>;
}

/** Names of the headers of a record in a rejected topic. */
export const rejectedHeaders = {
  reason: 'rejected-reason',
  topic: 'rejected-topic',
  partition: 'rejected-partition',
  offset: 'rejected-offset',
} as const;

/**
 * Appends a tenant's rejected records to their topic again, once each in offset order, e.g. after a fix.
 * The ids stay, so that effects that did happen are not repeated. Returns how many were appended.
 */
export async function replayRejected(
  log: EventLog,
  tenantId: TenantId,
  topic: TopicName,
  options: { readonly fromOffset?: number; readonly recordsMax?: number } = {},
): Promise<{ readonly replayed: number; readonly nextOffset: number }> {
  const rejectedTopic: RejectedTopicName = `${topic}-rejected`;
  const recordsMax = options.recordsMax ?? 10_000;
  let nextOffset = options.fromOffset ?? 0;
  let replayed = 0;
  while (replayed < recordsMax) {
    const slice = await log.read(tenantId, rejectedTopic, {
      partition: 0,
      fromOffset: nextOffset,
      recordsMax: Math.min(1000, recordsMax - replayed),
    });
    if (slice.records.length === 0) break;
    await log.append(
      tenantId,
      topic,
      slice.records.map(({ key, id, value }) => ({ key, id, value })),
    );
    replayed += slice.records.length;
    nextOffset = slice.nextOffset;
  }
  return { replayed, nextOffset };
}
