import { Consumer, offsetCommitV8 } from '@platformatic/kafka';
import { HeliosError } from '@heliosiq/model';
import type { Logger } from '@heliosiq/ports';
import { assignBySubscription } from './assign-by-subscription.ts';
import { clientOptions, type KafkaConnection } from './connection.ts';
import { asKafkaFault, hasProtocolError } from './kafka-faults.ts';
import { createOffsetCommits, type CommitOutcome, type OffsetCommit } from './offset-commits.ts';

/** How often a member tells its coordinator that it lives, which is also how soon it hears of a change. */
const heartbeatMs = 1000;

export interface MembershipOptions {
  readonly connection: KafkaConnection;
  /** The names that the cluster knows. */
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Where a group without a committed offset begins; offsets per partition. */
  readonly startOffsets: (topic: string) => Promise<readonly number[]>;
  /** How long a member may be silent before others take its partitions; brokers ask for 6,000 at least. */
  readonly sessionTimeoutMs: number;
  readonly logger: Logger | undefined;
  /** Called when what this member owns may have changed. */
  readonly onChange: () => void;
}

/** A partition that the member owns. */
export interface OwnedPlace {
  readonly topic: string;
  readonly partition: number;
  /** Stays as long as nobody else can have owned the partition in between. */
  readonly epoch: number;
  readonly committedOffset: number;
}

/** One member of a Kafka consumer group (classic protocol, eager round robin). */
export interface GroupMembership {
  /** Joins where it is no member, and returns what it owns. Rejects with `unavailable`. */
  sync(): Promise<readonly OwnedPlace[]>;
  /** Rejects with `conflict` when the place was taken over; waits out rebalances and short outages. */
  commit(commit: OffsetCommit): Promise<void>;
  /** Nobody reads any more: unless `sync` is called within the session's time, the member leaves, as a silent one would. */
  fallSilent(): void;
  leave(): Promise<void>;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  committedOffset: number | undefined;
}

/** What the coordinator made of the member: fences its commits. */
interface Generation {
  readonly id: number;
  readonly memberId: string;
}

/** Membership on the client of `@platformatic/kafka`; a client that gave up is put away, and the next `sync` joins with a new one. */
export function createGroupMembership(options: MembershipOptions): GroupMembership {
  const { connection, groupId, topics, sessionTimeoutMs, logger } = options;
  let consumer: Consumer | undefined;
  let generation: Generation | undefined;
  let places = new Map<string, Place>();
  let epochs = 0;
  let silence: NodeJS.Timeout | undefined;
  const commits = createOffsetCommits({
    isOwned: ({ topic, partition, epoch }) => places.get(`${topic}/${partition}`)?.epoch === epoch,
    send: sendCommits,
  });

  async function join(): Promise<Consumer> {
    const joining = new Consumer({
      ...clientOptions(connection, {
        connectTimeoutMs: 2000,
        // Joining waits for the other members, at most as long as they may be silent.
        requestTimeoutMs: sessionTimeoutMs + 5000,
        retries: 5,
        retryDelayMs: 200,
      }),
      groupId,
      autocommit: false,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      heartbeatStallTimeout: sessionTimeoutMs,
      partitionAssigner: assignBySubscription,
    });
    consumer = joining;
    for (const topic of topics) joining.topics.track(topic);
    const giveUp = (reason: string, error: unknown): void => {
      if (consumer !== joining) return;
      logger?.warn({ error, group: groupId }, `a member of a Kafka group ${reason}; joining anew`);
      void discard().then(options.onChange);
    };
    joining.on('consumer:group:join', ({ assignments, memberId, generationId }) => {
      if (consumer !== joining || generationId === undefined) return;
      takeOver({ id: generationId, memberId }, assignments ?? []);
    });
    joining.on('error', (error: unknown) => giveUp('failed', error));
    joining.on('consumer:heartbeat:stalled', ({ lastError }) => giveUp('was not heard', lastError));
    try {
      await joining.joinGroup({});
      return joining;
    } catch (error) {
      if (consumer === joining) await discard();
      throw asKafkaFault(error, `join the group ${groupId}`);
    }
  }

  /** A place is kept when this member owned it in the generation right before: nobody can have had it in between. */
  function takeOver(
    next: Generation,
    assignments: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  ): void {
    const isNext = generation?.memberId === next.memberId && next.id - generation.id <= 1;
    const kept = isNext ? places : new Map<string, Place>();
    places = new Map();
    for (const { topic, partitions } of assignments) {
      for (const partition of partitions) {
        const place = `${topic}/${partition}`;
        epochs += 1;
        places.set(place, kept.get(place) ?? { topic, partition, epoch: epochs, committedOffset: undefined });
      }
    }
    generation = next;
    options.onChange();
  }

  async function discard(): Promise<void> {
    const discarded = consumer;
    consumer = undefined;
    generation = undefined;
    places = new Map();
    await discarded?.close(true).catch((error: unknown) => {
      logger?.debug({ error, group: groupId }, 'a member could not take its leave; its session ends by itself');
    });
  }

  /** Finds out where new places begin; a group that has none yet is entered, so that it is known from now on. */
  async function placeNew(member: Consumer): Promise<void> {
    const fresh = [...places.values()].filter((place) => place.committedOffset === undefined);
    if (fresh.length === 0) return;
    const byTopic = Map.groupBy(fresh, ({ topic }) => topic);
    const asked = [...byTopic].map(([topic, each]) => ({ topic, partitions: each.map(({ partition }) => partition) }));
    const committed = await member.listCommittedOffsets({ topics: asked });
    for (const [topic, each] of byTopic) {
      const found = committed.get(topic) ?? [];
      const isNew = each.some(({ partition }) => Number(found[partition] ?? -1n) < 0);
      const starts = isNew ? await options.startOffsets(topic) : [];
      for (const place of each) {
        const offset = Number(found[place.partition] ?? -1n);
        const start = offset >= 0 ? offset : (starts[place.partition] ?? 0);
        if (offset < 0) await commits.commit({ ...place, nextOffset: start }).catch(unlessLost);
        place.committedOffset = start;
      }
    }
  }

  async function sendCommits(wanted: readonly OffsetCommit[]): Promise<CommitOutcome> {
    const member = consumer;
    if (member === undefined || generation === undefined) return 'moved';
    const { id, memberId } = generation;
    try {
      const coordinator = await member.findGroupCoordinator();
      const connections = await member.connectToBrokers([coordinator]);
      const link = connections.get(coordinator);
      if (link === undefined)
        throw new HeliosError('unavailable', `Kafka: the group ${groupId} has no coordinator now`);
      const moved = [...Map.groupBy(wanted, ({ topic }) => topic)].map(([name, each]) => ({
        name,
        partitions: each.map(({ partition, nextOffset }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(nextOffset),
          committedLeaderEpoch: -1,
          // Kafka does not tell when a group was last alive; `log-upkeep.ts` asks.
          committedMetadata: String(Date.now()),
        })),
      }));
      // Not through the client's own commit, which would join anew and commit for places that others own by then.
      await offsetCommitV8.api.async(link, groupId, id, memberId, null, moved);
      return 'done';
    } catch (error) {
      const fences = ['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID'];
      if (fences.some((fence) => hasProtocolError(error, fence))) return 'moved';
      return { failed: asKafkaFault(error, `commit of the group ${groupId}`) };
    }
  }

  return {
    async sync() {
      clearTimeout(silence);
      const member = consumer ?? (await join());
      try {
        await placeNew(member);
      } catch (error) {
        throw asKafkaFault(error, `offsets of the group ${groupId}`);
      }
      return [...places.values()].flatMap(({ committedOffset, ...place }) =>
        committedOffset === undefined ? [] : [{ ...place, committedOffset }],
      );
    },
    commit: commits.commit,
    fallSilent() {
      clearTimeout(silence);
      silence = setTimeout(() => void discard(), sessionTimeoutMs);
      silence.unref();
    },
    async leave() {
      clearTimeout(silence);
      commits.end();
      await discard();
    },
  };
}

/** A place that was lost while it was looked at is its new owner's affair. */
function unlessLost(error: unknown): void {
  if (!(error instanceof HeliosError) || error.code !== 'conflict') throw error;
}
