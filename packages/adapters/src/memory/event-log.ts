import { HeliosError, rejectedTopicOf, topicNames, topicShape, type LogTopicName } from '@heliosiq/model';
import type { EventLog, LogRecord, PartitionLag } from '@heliosiq/ports';
import { partitionsOf } from '../event-log/assign-partitions.ts';
import {
  createConsumer,
  type LogChangeListener,
  type Membership,
  type MemberStorage,
  type RecordRun,
} from '../event-log/group-consumer.ts';
import { checkPageSize, checkRecords, groupExpiryMs, memberSilenceMaxMs } from '../event-log/limits.ts';
import { partitionOfKey } from '../event-log/partition-of-key.ts';

const logTopics: readonly LogTopicName[] = topicNames.flatMap((name) => [name, rejectedTopicOf(name)]);

interface Partition {
  readonly topic: LogTopicName;
  readonly partition: number;
  /** What retention left, in ascending offset. */
  records: LogRecord[];
  nextOffset: number;
}

interface Position {
  committedOffset: number;
  ownerId: string | undefined;
  epoch: number;
}

/** One group and one topic that it reads. */
interface Group {
  readonly group: string;
  readonly topic: LogTopicName;
  lastSeenAt: number;
  readonly members: Map<string, { readonly joinedAt: number; lastSeenAt: number }>;
  readonly positions: readonly Position[];
}

/** What the clients of one log in memory share. */
export interface MemoryLogStorage {
  readonly partitions: ReadonlyMap<string, Partition>;
  readonly groups: Map<string, Group>;
  readonly listeners: Set<LogChangeListener>;
}

/** An empty log, for as many clients as are made on it. */
export function createMemoryLogStorage(): MemoryLogStorage {
  const partitions = new Map<string, Partition>();
  for (const topic of logTopics) {
    for (let partition = 0; partition < topicShape(topic).partitions; partition += 1) {
      partitions.set(`${topic}/${partition}`, { topic, partition, records: [], nextOffset: 0 });
    }
  }
  return { partitions, groups: new Map(), listeners: new Set() };
}

export interface MemoryEventLogOptions {
  /** Default: a log of its own. */
  readonly storage?: MemoryLogStorage;
  /** How long a consumer may be silent before others take its partitions. Default 10,000. */
  readonly memberSilenceMaxMs?: number;
}

/** The event log in memory: every promise but durability, for tests and for programs that keep nothing. */
export function createMemoryEventLog(options: MemoryEventLogOptions = {}): EventLog {
  const storage = options.storage ?? createMemoryLogStorage();
  const silenceMaxMs = options.memberSilenceMaxMs ?? memberSilenceMaxMs;

  const append: EventLog['append'] = async (tenantId, topic, records, { signal } = {}) => {
    signal?.throwIfAborted();
    checkRecords(records);
    const { partitions } = topicShape(topic);
    const appendedAt = Date.now();
    for (const record of records) {
      const place = partitionAt(storage, { topic, partition: partitionOfKey(record.key, partitions) });
      // The caller may use its buffer again.
      const value = Uint8Array.from(record.value);
      place.records.push({
        ...record,
        value,
        tenantId,
        topic,
        partition: place.partition,
        offset: place.nextOffset,
        appendedAt,
      });
      place.nextOffset += 1;
    }
    // As with a real log, consumers hear of it after the append.
    await Promise.resolve();
    if (records.length > 0) for (const listener of storage.listeners) listener.appended([topic]);
  };

  return {
    append,
    consumer: (consumerOptions) =>
      createConsumer(
        {
          append,
          logger: undefined,
          heartbeatMs: silenceMaxMs / 3,
          ready: () => Promise.resolve(),
          openStorage: (membership) => memberStorage(storage, membership, silenceMaxMs),
          onChange(listener) {
            storage.listeners.add(listener);
            return { [Symbol.dispose]: () => void storage.listeners.delete(listener) };
          },
        },
        consumerOptions,
      ),
    lag: async () => lagOf(storage),
    async read(tenantId, topic, { partition, fromOffset, recordsMax }) {
      checkPageSize(recordsMax);
      const place = partitionAt(storage, { topic, partition });
      const found = place.records.filter((record) => record.tenantId === tenantId && record.offset >= fromOffset);
      const records = found.slice(0, recordsMax);
      return { records, nextOffset: found[recordsMax]?.offset ?? Math.max(place.nextOffset, fromOffset) };
    },
    enforceRetention: async (now) => enforceRetention(storage, now),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function partitionAt(
  storage: MemoryLogStorage,
  place: { readonly topic: LogTopicName; readonly partition: number },
): Partition {
  const partition = storage.partitions.get(`${place.topic}/${place.partition}`);
  if (partition !== undefined) return partition;
  throw new HeliosError('invalid-request', `The topic ${place.topic} has no partition ${place.partition}`);
}

function memberStorage(storage: MemoryLogStorage, membership: Membership, silenceMaxMs: number): MemberStorage {
  const { group: name, memberId } = membership;
  const announceChange = (): void => {
    for (const listener of storage.listeners) listener.groupChanged(name);
  };
  return {
    async sync(topic) {
      const group = groupAt(storage, membership, topic);
      const now = Date.now();
      group.lastSeenAt = now;
      const silent = [...group.members].filter(
        ([id, member]) => id !== memberId && member.lastSeenAt < now - silenceMaxMs,
      );
      for (const [id] of silent) group.members.delete(id);
      const known = group.members.get(memberId);
      group.members.set(memberId, { joinedAt: known?.joinedAt ?? now, lastSeenAt: now });
      if (known === undefined || silent.length > 0) announceChange();
      const members = [...group.members].map(([id, member]) => ({ memberId: id, joinedAt: member.joinedAt }));
      return partitionsOf(memberId, members, group.positions.length).flatMap((partition) => {
        const position = group.positions[partition];
        if (position === undefined) return [];
        if (position.ownerId !== memberId) {
          position.ownerId = memberId;
          position.epoch += 1;
        }
        return [{ partition, epoch: position.epoch, committedOffset: position.committedOffset }];
      });
    },
    async read(positions, { recordsMax }) {
      return positions.flatMap(({ topic, partition, fromOffset }): RecordRun[] => {
        const { records } = partitionAt(storage, { topic, partition });
        const start = records.findIndex((record) => record.offset >= fromOffset);
        if (start < 0) return [];
        const run = records.slice(start, start + recordsMax);
        return [{ topic, partition, records: run, nextOffset: (run.at(-1)?.offset ?? fromOffset) + 1 }];
      });
    },
    async commit({ topic, partition, epoch, nextOffset }) {
      const position = groupAt(storage, membership, topic).positions[partition];
      if (position === undefined || position.ownerId !== memberId || position.epoch !== epoch) {
        throw new HeliosError(
          'conflict',
          `Partition ${partition} of ${topic} is no longer owned by this member of the group ${name}`,
        );
      }
      position.committedOffset = Math.max(position.committedOffset, nextOffset);
    },
    async leave() {
      for (const group of storage.groups.values()) {
        if (group.group !== name || !group.members.delete(memberId)) continue;
        for (const position of group.positions) {
          if (position.ownerId !== memberId) continue;
          position.ownerId = undefined;
          position.epoch += 1;
        }
      }
      announceChange();
    },
  };
}

function groupAt(storage: MemoryLogStorage, membership: Membership, topic: LogTopicName): Group {
  const place = JSON.stringify([membership.group, topic]);
  const known = storage.groups.get(place);
  if (known !== undefined) return known;
  const positions = Array.from({ length: topicShape(topic).partitions }, (_, partition) => ({
    committedOffset: membership.startAt === 'latest' ? partitionAt(storage, { topic, partition }).nextOffset : 0,
    ownerId: undefined,
    epoch: 0,
  }));
  const made: Group = { group: membership.group, topic, lastSeenAt: Date.now(), members: new Map(), positions };
  storage.groups.set(place, made);
  return made;
}

function lagOf(storage: MemoryLogStorage): readonly PartitionLag[] {
  return [...storage.groups.values()].flatMap(({ group, topic, positions }) =>
    positions.map(({ committedOffset }, partition) => {
      const { records, nextOffset: endOffset } = partitionAt(storage, { topic, partition });
      const firstOffset = records[0]?.offset ?? endOffset;
      const lagRecords = endOffset - Math.max(committedOffset, firstOffset);
      return { group, topic, partition, committedOffset, endOffset, lagRecords };
    }),
  );
}

function enforceRetention(storage: MemoryLogStorage, now: number): number {
  let removed = 0;
  for (const partition of storage.partitions.values()) {
    const oldest = now - topicShape(partition.topic).retentionMs;
    const kept = partition.records.filter((record) => record.appendedAt >= oldest);
    removed += partition.records.length - kept.length;
    partition.records = kept;
  }
  for (const [place, group] of storage.groups) {
    const lastSeenAt = Math.max(group.lastSeenAt, ...[...group.members.values()].map((member) => member.lastSeenAt));
    if (lastSeenAt < now - groupExpiryMs) storage.groups.delete(place);
  }
  return removed;
}
