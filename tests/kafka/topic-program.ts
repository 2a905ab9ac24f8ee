/**
 * A program that takes a Kafka topic in and writes the event log on the same cluster, until it is killed:
 * `node topic-program.ts BROKER TOPIC TOPIC_PREFIX`.
 */
import { createKafkaEventLog } from '@heliosiq/adapters/kafka/event-log.ts';
import { createKafkaTopicSource } from '@heliosiq/adapters/kafka/topic-source.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { TenantId } from '@heliosiq/model';
import { createSeriesBook } from '../../packages/ingest/src/intake/series-book.ts';
import { createTelemetryIntake } from '../../packages/ingest/src/intake/telemetry-intake.ts';
import { unlimitedQuota } from '../../packages/ingest/src/intake/tenant-quota.ts';
import { createKafkaTopics } from '../../packages/ingest/src/kafka-topics/kafka-topics.ts';

const [broker = '', topic = '', topicPrefix = ''] = process.argv.slice(2);
const connection = { brokers: [broker], clientId: 'topic-program' };
const log = createKafkaEventLog({ connection, topicPrefix });
const service = createKafkaTopics({
  name: 'test',
  tenantId: TenantId.parse('acme'),
  source: createKafkaTopicSource({
    connection,
    group: `${topicPrefix}source`,
    topics: [topic],
    memberSilenceMaxMs: 6000,
  }),
  mapping: 'signals',
  telemetry: createTelemetryIntake({ log, registry: createMemorySeriesRegistry(), quota: unlimitedQuota }),
  series: createSeriesBook(1000),
  log,
  meter: createMemoryMeter(),
  logger: createMemoryLogger(),
  now: Date.now,
});
await service.run(new AbortController().signal);
