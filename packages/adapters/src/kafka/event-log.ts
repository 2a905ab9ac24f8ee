import { Admin } from '@platformatic/kafka';
import type { EventLog, HealthCheck, Logger } from '@heliosiq/ports';
import { createConsumer, type LogChangeListener } from '../event-log/group-consumer.ts';
import { memberSilenceMaxMs } from '../event-log/limits.ts';
import { createAppendQueue } from './append-queue.ts';
import { clientOptions, type KafkaConnection } from './connection.ts';
import { createEventLogMember } from './event-log-member.ts';
import { createFetcher } from './fetcher.ts';
import { asKafkaFault } from './kafka-faults.ts';
import { createLogHealth } from './log-health.ts';
import { inspect } from './log-inspection.ts';
import { ensureTopics } from './log-topics.ts';
import { forgetGroups, readLag, removeExpired } from './log-upkeep.ts';
import { createLogProducer } from './producer.ts';

/** Bytes of one request at most; less where the topics take less, with room for what a batch adds. */
const requestBytesMax = 4_000_000;
const messageShare = 0.95;

/** How often a consumer looks whether its membership still stands; the client keeps it up by itself in between. */
const watchMs = 1000;

export interface KafkaEventLogOptions {
  readonly connection: KafkaConnection;
  /** What the names of this log's topics and groups begin with. Default `heliosiq.` */
  readonly topicPrefix?: string;
  /** Copies of each record of topics that are made. Default: one per broker, at most three. */
  readonly replicationFactor?: number;
  /** How long a consumer may be silent before others take its partitions. Default 10,000; brokers ask for 6,000 or more. */
  readonly memberSilenceMaxMs?: number;
  readonly logger?: Logger;
}

export interface KafkaEventLog extends EventLog {
  readonly health: HealthCheck;
}

/**
 * The event log on Apache Kafka (2.5 or newer): a topic of the table is a topic of the cluster, with its partitions and its
 * age; keys go to the partitions where Kafka's own partitioner would put them; a record is appended when all in-sync copies
 * have it; consumers are members of Kafka's groups and commit after the effect, fenced by generation.
 * Connections are opened, and missing topics made, at the first use.
 */
export function createKafkaEventLog(options: KafkaEventLogOptions): KafkaEventLog {
  const { connection, topicPrefix = 'heliosiq.', logger } = options;
  const sessionTimeoutMs = options.memberSilenceMaxMs ?? memberSilenceMaxMs;
  const stack = new AsyncDisposableStack();
  const admin = new Admin(
    clientOptions(connection, { connectTimeoutMs: 2000, requestTimeoutMs: 10_000, retries: 2, retryDelayMs: 200 }),
  );
  stack.defer(() => admin.close().catch(() => {})); // nothing is open on it that could be lost
  const ready = once(() =>
    attempt('topics', () => ensureTopics(admin, { topicPrefix, replicationFactor: options.replicationFactor })),
  );
  const producer = stack.use(createLogProducer({ connection, logger }));
  const queue = createAppendQueue({
    topicPrefix,
    async requestBytesMax() {
      const { messageBytesMax } = await ready();
      return Math.min(requestBytesMax, messageShare * messageBytesMax);
    },
    send: (messages) => producer.send(messages),
  });
  const inspector = stack.use(createFetcher(connection));
  /** Inspections go one after the other: a fetcher answers one question at a time. */
  let inspection: Promise<unknown> = Promise.resolve();

  return {
    append: queue.append,
    consumer(consumerOptions) {
      const listeners = new Set<LogChangeListener>();
      return createConsumer(
        {
          ...{ logger, append: queue.append, heartbeatMs: watchMs },
          ready: async () => void (await ready()),
          openStorage: (membership) =>
            createEventLogMember({
              ...{ connection, topicPrefix, membership, sessionTimeoutMs, logger },
              topics: consumerOptions.topics,
              listener: () => [...listeners][0],
            }),
          onChange(listener) {
            listeners.add(listener);
            return { [Symbol.dispose]: () => void listeners.delete(listener) };
          },
        },
        consumerOptions,
      );
    },
    async lag() {
      await ready();
      return attempt('lag', () => readLag(admin, topicPrefix));
    },
    async read(tenantId, topic, position) {
      await ready();
      const slice = inspection.then(() => inspect(inspector, topicPrefix, { tenantId, topic, ...position }));
      inspection = slice.catch(() => {});
      return slice;
    },
    async enforceRetention(now) {
      await ready();
      return attempt('retention', async () => {
        const removed = await removeExpired(admin, topicPrefix, now);
        await forgetGroups(admin, topicPrefix, now);
        return removed;
      });
    },
    health: createLogHealth(admin, topicPrefix),
    async [Symbol.asyncDispose]() {
      await queue.drain();
      await stack.disposeAsync();
    },
  };
}

async function attempt<T>(during: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asKafkaFault(error, during);
  }
}

/** Runs work at the first call and again after a failure; otherwise every call waits for the one run. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}
