import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { rejectedTopicOf, topicNames, topicShape, type LogTopicName } from '@heliosiq/model';
import type { EventLog, Logger, Pacer, PartitionLag } from '@heliosiq/ports';
import { createConsumer, type LogChangeListener } from '../event-log/group-consumer.ts';
import { createLogTail } from '../event-log/log-tail.ts';
import { checkPageSize, groupExpiryMs, memberSilenceMaxMs } from '../event-log/limits.ts';
import { readNotice } from './append-notices.ts';
import { createAppendsOfOthers } from './appends-of-others.ts';
import type { Database } from './database.ts';
import { createAppender } from './event-log-append.ts';
import { commitOffset, groupChannel, leaveGroup, syncMember } from './event-log-group.ts';
import { createHeadReader } from './event-log-head.ts';
import { readSegments } from './event-log-read.ts';
import { appendChannel } from './write-segments.ts';

/** Payload bytes of one inspection read. */
const inspectionBytesMax = 16_000_000;

const logTopics: readonly LogTopicName[] = topicNames.flatMap((name) => [name, rejectedTopicOf(name)]);

export interface PostgresEventLogOptions {
  readonly database: Database;
  readonly logger?: Logger;
  /** How long a consumer may be silent before others take its partitions; the same for all programs. Default 10,000. */
  readonly memberSilenceMaxMs?: number;
  /** Told when signals are appended. */
  readonly pacer?: Pacer;
}

/**
 * The event log on PostgreSQL. Records lie in segments, a row per run of records of one tenant and partition; the
 * partition's row lock gives offsets in the order of commits; LISTEN/NOTIFY wakes consumers of other programs, polling backs it up.
 */
export function createPostgresEventLog(options: PostgresEventLogOptions): EventLog {
  const { database, logger } = options;
  const silenceMaxMs = options.memberSilenceMaxMs ?? memberSilenceMaxMs;
  const sender = randomUUID();
  const listeners = new Set<LogChangeListener>();
  const stack = new AsyncDisposableStack();
  const ready = once(() => createPartitions(database));
  const listening = once(async () => {
    const appends = await database.listen(appendChannel, (payload) => {
      const notice = payload === undefined ? undefined : readNotice(payload);
      // Who listens here was told of own appends already.
      if (notice?.sender === sender) return;
      others.note(notice?.topics);
      for (const listener of listeners) listener.appended(notice?.topics);
    });
    stack.use(appends);
    const groups = await database.listen(groupChannel, (payload) => {
      for (const listener of listeners) listener.groupChanged(payload);
    });
    stack.use(groups);
  });
  const tail = createLogTail();
  const others = createAppendsOfOthers();
  const appender = createAppender(database, ready, {
    pacer: options.pacer,
    sender,
    tail,
    onAppended(topics) {
      for (const listener of listeners) listener.appended(topics);
    },
  });

  return {
    append: appender.append,
    consumer(consumerOptions) {
      const reader = tail.openReader();
      return createConsumer(
        {
          ...{ logger, append: appender.append, heartbeatMs: silenceMaxMs / 3, pacer: options.pacer },
          openStorage: (membership) => ({
            sync: (topic) => syncMember(database, membership, { topic, silenceMaxMs }),
            read: createHeadReader(database, { tail, reader, others }),
            commit: (position) => commitOffset(database, membership, position),
            fallSilent: reader.leave,
            leave: () => leaveGroup(database, membership),
          }),
          ready: async () => {
            await Promise.all([ready(), listening()]);
          },
          onChange(listener) {
            listeners.add(listener);
            return { [Symbol.dispose]: () => void listeners.delete(listener) };
          },
        },
        consumerOptions,
      );
    },
    lag: () => readLag(database),
    async read(tenantId, topic, { partition, fromOffset, recordsMax }) {
      checkPageSize(recordsMax);
      // The end is read first: what is appended in between is left for the next call.
      const end = await endOffset(database, { topic, partition });
      const segments = await readSegments(database, [{ topic, partition, fromOffset }], {
        bytesMax: inspectionBytesMax,
        recordsMax: recordsMax + 1,
        tenantId,
      });
      const found = segments.flatMap((segment) => segment.records);
      const records = found.slice(0, recordsMax);
      const lastRead = segments.at(-1);
      if (lastRead === undefined) return { records, nextOffset: Math.max(end, fromOffset) };
      const next = found[recordsMax];
      return { records, nextOffset: next?.offset ?? lastRead.nextOffset };
    },
    async enforceRetention(now) {
      const removed = await enforceRetention(database, now);
      tail.clear();
      return removed;
    },
    async [Symbol.asyncDispose]() {
      await appender.drain();
      listeners.clear();
      await stack.disposeAsync();
    },
  };
}

/** Runs work at the first call and again after a failure; otherwise every call waits for the one run. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

async function createPartitions(database: Database): Promise<void> {
  const rows = logTopics.flatMap((topic) =>
    Array.from({ length: topicShape(topic).partitions }, (_, partition) => ({ topic, partition, next_offset: 0 })),
  );
  await database.asSystem((transaction) =>
    transaction
      .insertInto('event_log_partition')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
}

async function endOffset(
  database: Database,
  place: { readonly topic: LogTopicName; readonly partition: number },
): Promise<number> {
  const row = await database.alone('*', (db) =>
    db
      .selectFrom('event_log_partition')
      .where('topic', '=', place.topic)
      .where('partition', '=', place.partition)
      .select('next_offset')
      .executeTakeFirst(),
  );
  return row?.next_offset ?? 0;
}

async function readLag(database: Database): Promise<readonly PartitionLag[]> {
  const rows = await database.alone('*', (db) =>
    db
      .selectFrom('event_log_position as position')
      .innerJoin('event_log_partition as place', (join) =>
        join.onRef('place.topic', '=', 'position.topic').onRef('place.partition', '=', 'position.partition'),
      )
      .select((column) => [
        'position.group_name as group',
        'position.topic as topic',
        'position.partition as partition',
        'position.committed_offset as committedOffset',
        'place.next_offset as endOffset',
        // What retention removed is not behind any more.
        column
          .selectFrom('event_log_segment as segment')
          .whereRef('segment.topic', '=', 'position.topic')
          .whereRef('segment.partition', '=', 'position.partition')
          .select((inner) => inner.fn.min('segment.base_offset').as('first'))
          .as('firstOffset'),
      ])
      .orderBy('group')
      .orderBy('topic')
      .orderBy('partition')
      .execute(),
  );
  return rows.map(({ topic, firstOffset, ...row }) => ({
    ...row,
    // The cast holds: positions are made for topics of the table alone.
    topic: topic as LogTopicName,
    lagRecords: row.endOffset - Math.max(row.committedOffset, firstOffset ?? row.endOffset),
  }));
}

async function enforceRetention(database: Database, now: number): Promise<number> {
  let removed = 0;
  for (const topic of logTopics) {
    const rows = await database.asSystem((transaction) =>
      sql<{ records: number }>`
        with gone as (
          delete from event_log_segment
           where topic = ${topic} and appended_at < ${now - topicShape(topic).retentionMs}
          returning record_count
        ) select coalesce(sum(record_count), 0)::bigint as records from gone`.execute(transaction),
    );
    removed += rows.rows[0]?.records ?? 0;
  }
  await database.asSystem((transaction) =>
    transaction
      .deleteFrom('event_log_group as gone')
      .where('gone.last_seen_at', '<', now - groupExpiryMs)
      .where((column) =>
        column.not(
          column.exists(
            column
              .selectFrom('event_log_member as member')
              .whereRef('member.group_name', '=', 'gone.group_name')
              .whereRef('member.topic', '=', 'gone.topic')
              .where('member.last_seen_at', '>=', now - groupExpiryMs)
              .select('member.member_id'),
          ),
        ),
      )
      .execute(),
  );
  return removed;
}
