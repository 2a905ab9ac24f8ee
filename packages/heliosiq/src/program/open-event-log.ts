import { createPostgresEventLog } from '@heliosiq/adapters/postgres/event-log.ts';
import type { EventLog } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import type { PortSource } from './open-ports.ts';
import { pemTexts } from './pem-files.ts';

/** The event log: Apache Kafka where brokers are configured, else the database. */
export async function openEventLog({ database, config, logger, pacer, checks }: PortSource): Promise<EventLog> {
  const { kafkaBrokers } = config;
  if (kafkaBrokers === undefined) return createPostgresEventLog({ database, logger, pacer });
  // Loaded only where it is wanted: the client takes memory that a single machine need not have.
  const { createKafkaEventLog } = await import('@heliosiq/adapters/kafka/event-log.ts');
  const { kafkaReplication } = config;
  const log = createKafkaEventLog({
    connection: {
      brokers: kafkaBrokers,
      clientId: 'heliosiq',
      ...kafkaSasl(config),
      ...(config.kafkaTls ? { tls: await kafkaTls(config) } : {}),
    },
    topicPrefix: config.kafkaTopicPrefix,
    ...(kafkaReplication === 0 ? {} : { replicationFactor: kafkaReplication }),
    logger,
  });
  checks.push(log.health);
  return log;
}

function kafkaSasl({ kafkaSasl: mechanism, kafkaUsername: username, kafkaPassword: password }: Config) {
  if (mechanism === undefined || username === undefined || password === undefined) return {};
  return { sasl: { mechanism, username, password } };
}

function kafkaTls({ kafkaCaFile: ca, kafkaCertFile: cert, kafkaKeyFile: key }: Config) {
  return pemTexts({ ca, cert, key });
}
