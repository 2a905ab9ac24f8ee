import { ConfigResourceTypes, UserError, type Admin, type ClusterMetadata } from '@platformatic/kafka';
import { setTimeout as delay } from 'node:timers/promises';
import { HeliosError, rejectedTopicOf, topicNames, topicShape, type LogTopicName } from '@heliosiq/model';
import { recordBytesMax } from '../event-log/limits.ts';
import { hasProtocolError } from './kafka-faults.ts';

export const logTopics: readonly LogTopicName[] = topicNames.flatMap((name) => [name, rejectedTopicOf(name)]);

/** Copies of each record where the cluster has brokers for them. */
const replicasWanted = 3;

/** Bytes of one batch where the brokers do not tell what they take: what they take unless told otherwise, and less a little. */
const messageBytesUsual = 1_000_000;

/** How long brokers may take to tell each other about a new topic. */
const spreadingMaxMs = 15_000;

const hourMs = 3_600_000;

/**
 * Makes the topics that are missing, as the topic table declares them, and checks that those that are there have the
 * partitions it declares. An existing topic's settings are its operator's and are left alone.
 *
 * With three copies an append is acknowledged when two brokers have it. Where there is one copy only, its broker flushes
 * each append to disk: an acknowledgement means stored.
 */
export async function ensureTopics(
  admin: Admin,
  options: { readonly topicPrefix: string; readonly replicationFactor: number | undefined },
): Promise<{ readonly messageBytesMax: number }> {
  const names = new Map(logTopics.map((topic) => [topic, `${options.topicPrefix}${topic}`]));
  const existing = new Set(await admin.listTopics({}));
  const missing = logTopics.filter((topic) => !existing.has(names.get(topic) ?? ''));
  if (missing.length > 0) {
    const { brokers } = await admin.metadata({ topics: [], forceUpdate: true });
    const replicas = options.replicationFactor ?? Math.max(1, Math.min(replicasWanted, brokers.size));
    // One after the other: settings are given per request, and each topic has its own.
    for (const topic of missing) await createTopic(admin, { name: names.get(topic) ?? '', topic, replicas });
  }
  const metadata = await metadataOf(admin, [...names.values()]);
  for (const [topic, name] of names) {
    const found = metadata.topics.get(name)?.partitionsCount ?? 0;
    const { partitions } = topicShape(topic);
    if (found === partitions) continue;
    throw new HeliosError('config-invalid', `The Kafka topic ${name} has ${found} partitions; it needs ${partitions}`, {
      cure: `Delete the topic, or choose another prefix, so that it is made with ${partitions} partitions.`,
    });
  }
  return { messageBytesMax: await messageBytesOf(admin, [...names.values()]) };
}

/** The largest batch that all of the topics take, in bytes. */
async function messageBytesOf(admin: Admin, names: readonly string[]): Promise<number> {
  try {
    const described = await admin.describeConfigs({
      resources: names.map((resourceName) => ({
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName,
        configurationKeys: ['max.message.bytes'],
      })),
    });
    const limits = described.flatMap(({ configs }) => configs.map(({ value }) => Number(value)));
    const limit = Math.min(...limits);
    return Number.isFinite(limit) && limit > 0 ? limit : messageBytesUsual;
  } catch (error) {
    if (hasProtocolError(error, 'TOPIC_AUTHORIZATION_FAILED')) return messageBytesUsual;
    throw error;
  }
}

async function createTopic(
  admin: Admin,
  wanted: { readonly name: string; readonly topic: LogTopicName; readonly replicas: number },
): Promise<void> {
  const { partitions, retentionMs } = topicShape(wanted.topic);
  const configs: Record<string, number | string> = {
    'cleanup.policy': 'delete',
    'retention.ms': retentionMs,
    // Records leave by whole files: a file spans a twelfth of the age at which they do.
    'segment.ms': Math.max(hourMs, Math.round(retentionMs / 12)),
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': recordBytesMax + 1_000_000,
    ...(wanted.replicas >= 3 ? { 'min.insync.replicas': 2 } : {}),
    ...(wanted.replicas === 1 ? { 'flush.messages': 1 } : {}),
  };
  try {
    await admin.createTopics({
      topics: [wanted.name],
      partitions,
      replicas: wanted.replicas,
      configs: Object.entries(configs).map(([name, value]) => ({ name, value: String(value) })),
    });
  } catch (error) {
    // Another program of this installation was faster.
    if (!hasProtocolError(error, 'TOPIC_ALREADY_EXISTS')) throw error;
  }
}

/** What the cluster says about topics, as soon as it knows them all with a leader for each partition. */
async function metadataOf(admin: Admin, names: readonly string[]): Promise<ClusterMetadata> {
  const givenUpAt = performance.now() + spreadingMaxMs;
  for (;;) {
    try {
      const metadata = await admin.metadata({ topics: [...names], forceUpdate: true });
      const isLed = names.every((name) => {
        const partitions = metadata.topics.get(name)?.partitions ?? [];
        return partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);
      });
      if (isLed) return metadata;
    } catch (error) {
      const isSpreading = isUnknownTopic(error) || hasProtocolError(error, 'LEADER_NOT_AVAILABLE');
      if (!isSpreading || performance.now() > givenUpAt) throw error;
    }
    if (performance.now() > givenUpAt) {
      throw new HeliosError('unavailable', 'Kafka: some partitions of the event log have no leader', {
        retryAfterS: 5,
      });
    }
    await delay(100);
  }
}

/** The client makes a fault of its own of what the broker answers. */
function isUnknownTopic(error: unknown): boolean {
  return error instanceof UserError && error.message.startsWith('Unknown topic');
}
