import type { LogTopicName } from '@heliosiq/model';
import type { LogRecord, Logger } from '@heliosiq/ports';
import type { LogChangeListener, Membership, MemberStorage, RecordRun } from '../event-log/group-consumer.ts';
import type { KafkaConnection } from './connection.ts';
import { createFetcher, type FetchedRun } from './fetcher.ts';
import { createGroupMembership } from './group-membership.ts';
import { decodeRecord, placedRecords } from './record-format.ts';

/** Fetched bytes are compressed: what they become is some times more, and that is what a consumer may hold. */
const expansion = 4;
const partitionBytesMin = 64_000;

export interface EventLogMemberOptions {
  readonly connection: KafkaConnection;
  readonly topicPrefix: string;
  readonly topics: readonly LogTopicName[];
  readonly membership: Membership;
  readonly sessionTimeoutMs: number;
  readonly logger: Logger | undefined;
  /** Who is to hear that a read came back empty, or that the group has changed. */
  readonly listener: () => LogChangeListener | undefined;
}

/** One consumer of the log: its place in the Kafka group, and its reading. */
export function createEventLogMember(options: EventLogMemberOptions): MemberStorage {
  const { connection, topicPrefix, membership, logger, listener } = options;
  const fetcher = createFetcher(connection);
  let interrupt: (() => void) | undefined;
  const nameOf = (topic: LogTopicName): string => `${topicPrefix}${topic}`;
  const group = createGroupMembership({
    connection,
    groupId: `${topicPrefix}${membership.group}`,
    topics: options.topics.map(nameOf),
    startOffsets: (topic) => fetcher.offsets(topic, membership.startAt === 'latest' ? 'end' : 'start'),
    sessionTimeoutMs: options.sessionTimeoutMs,
    logger,
    onChange() {
      interrupt?.();
      listener()?.groupChanged(membership.group);
    },
  });

  function recordsOf(topic: LogTopicName, run: FetchedRun): readonly LogRecord[] {
    const records: LogRecord[] = [];
    for (const placed of placedRecords(run.batches, run.fromOffset)) {
      const record = decodeRecord({ topic, partition: run.partition }, placed);
      if (record !== undefined) records.push(record);
      else logger?.warn({ topic, partition: run.partition, offset: placed.offset }, 'a foreign record was passed over');
    }
    return records;
  }

  return {
    async sync(topic) {
      const owned = await group.sync();
      return owned.filter((place) => place.topic === nameOf(topic));
    },
    async read(positions, { bytesMax }) {
      const interrupted = Promise.withResolvers<void>();
      interrupt = interrupted.resolve;
      const runs = await fetcher.fetch(
        positions.map(({ topic, partition, fromOffset }) => ({ topic: nameOf(topic), partition, fromOffset })),
        {
          partitionBytesMax: Math.max(partitionBytesMin, Math.floor(bytesMax / expansion)),
          interrupted: interrupted.promise,
        },
      );
      // The waiting was done at the broker: the consumer need not wait again before it asks anew.
      if (runs.length === 0) listener()?.appended(undefined);
      return runs.flatMap((run): RecordRun[] => {
        const topic = options.topics.find((name) => nameOf(name) === run.topic);
        if (topic === undefined) return [];
        return [{ topic, partition: run.partition, records: recordsOf(topic, run), nextOffset: run.nextOffset }];
      });
    },
    commit: ({ topic, ...place }) => group.commit({ topic: nameOf(topic), ...place }),
    fallSilent: group.fallSilent,
    async leave() {
      await group.leave();
      await fetcher[Symbol.asyncDispose]();
    },
  };
}
