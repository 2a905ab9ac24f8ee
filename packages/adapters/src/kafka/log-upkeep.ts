import type { Admin, ListedOffsetsTopic } from '@platformatic/kafka';
import { topicShape, type LogTopicName } from '@heliosiq/model';
import type { PartitionLag } from '@heliosiq/ports';
import { groupExpiryMs } from '../event-log/limits.ts';
import { hasProtocolError } from './kafka-faults.ts';
import { logTopics } from './log-topics.ts';

/** Special times of a question for offsets (Kafka protocol, ListOffsets). */
const startOfPartition = -2n;
const endOfPartition = -1n;

/** How far each group of this log is behind in each partition that it has committed in. */
export async function readLag(admin: Admin, topicPrefix: string): Promise<readonly PartitionLag[]> {
  const groups = [...(await admin.listGroups({})).keys()].filter((id) => id.startsWith(topicPrefix));
  if (groups.length === 0) return [];
  const committed = await admin.listConsumerGroupOffsets({ groups });
  const starts = await startOffsets(admin, topicPrefix);
  const ends = await endOffsets(admin, topicPrefix);
  return committed
    .flatMap(({ groupId, topics }) =>
      topics.flatMap(({ name, partitions }) =>
        partitions.flatMap(({ partitionIndex, committedOffset: offset }): PartitionLag[] => {
          const topic = logTopics.find((one) => `${topicPrefix}${one}` === name);
          if (topic === undefined || offset < 0n) return [];
          const committedOffset = Number(offset);
          const endOffset = Math.max(ends(topic, partitionIndex), committedOffset);
          // What retention removed is not behind any more.
          const lagRecords = endOffset - Math.max(committedOffset, starts(topic, partitionIndex));
          const group = groupId.slice(topicPrefix.length);
          return [{ group, topic, partition: partitionIndex, committedOffset, endOffset, lagRecords }];
        }),
      ),
    )
    .toSorted((a, b) => compare(a.group, b.group) || compare(a.topic, b.topic) || a.partition - b.partition);
}

/**
 * Removes what is older than its topic keeps. Brokers do that by themselves, by whole files and in their own time; this is
 * exact to the record.
 */
export async function removeExpired(admin: Admin, topicPrefix: string, now: number): Promise<number> {
  const starts = await startOffsets(admin, topicPrefix);
  const young = await offsetsAt(admin, topicPrefix, (topic) => BigInt(now - topicShape(topic).retentionMs));
  const ends = await endOffsets(admin, topicPrefix);
  let removed = 0;
  const topics = logTopics.flatMap((topic) => {
    const partitions = Array.from({ length: topicShape(topic).partitions }, (_, partition) => {
      // No record as young as that: all are older.
      const found = young(topic, partition);
      return { partition, offset: found < 0 ? ends(topic, partition) : found };
    }).filter(({ partition, offset }) => offset > starts(topic, partition));
    for (const { partition, offset } of partitions) removed += offset - starts(topic, partition);
    if (partitions.length === 0) return [];
    return [
      {
        name: `${topicPrefix}${topic}`,
        partitions: partitions.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) })),
      },
    ];
  });
  if (topics.length > 0) await admin.deleteRecords({ topics });
  return removed;
}

/** Forgets groups without members whose last commit, by the time that it carries, is a week old or more. */
export async function forgetGroups(admin: Admin, topicPrefix: string, now: number): Promise<void> {
  const groups = [...(await admin.listGroups({})).values()]
    .filter(({ id, state }) => id.startsWith(topicPrefix) && state === 'Empty')
    .map(({ id }) => id);
  if (groups.length === 0) return;
  const committed = await admin.listConsumerGroupOffsets({ groups });
  for (const { groupId, topics } of committed) {
    const times = topics.flatMap(({ partitions }) => partitions.map(({ metadata }) => Number(metadata)));
    if (times.length === 0 || Math.max(...times) >= now - groupExpiryMs) continue;
    await admin.deleteGroups({ groups: [groupId] }).catch((error: unknown) => {
      // Somebody has joined or forgotten it meanwhile.
      const isSettled = hasProtocolError(error, 'NON_EMPTY_GROUP') || hasProtocolError(error, 'GROUP_ID_NOT_FOUND');
      if (!isSettled) throw error;
    });
  }
}

type OffsetOf = (topic: LogTopicName, partition: number) => number;

function startOffsets(admin: Admin, topicPrefix: string): Promise<OffsetOf> {
  return offsetsAt(admin, topicPrefix, () => startOfPartition);
}

function endOffsets(admin: Admin, topicPrefix: string): Promise<OffsetOf> {
  return offsetsAt(admin, topicPrefix, () => endOfPartition);
}

async function offsetsAt(
  admin: Admin,
  topicPrefix: string,
  timeOf: (topic: LogTopicName) => bigint,
): Promise<OffsetOf> {
  const listed: readonly ListedOffsetsTopic[] = await admin.listOffsets({
    topics: logTopics.map((topic) => ({
      name: `${topicPrefix}${topic}`,
      partitions: Array.from({ length: topicShape(topic).partitions }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp: timeOf(topic),
      })),
    })),
  });
  const offsets = new Map(
    listed.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, offset }) => [`${name}/${partitionIndex}`, Number(offset)] as const),
    ),
  );
  return (topic, partition) => offsets.get(`${topicPrefix}${topic}/${partition}`) ?? 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
