import { KafkaSource } from '@heliosiq/ingest/kafka-topics/kafka-source-settings.ts';
import { TenantId } from '@heliosiq/model';
import { z } from 'zod';
import { Names, Structured, Text, Url, Whole, YesNo } from './setting.ts';
import type { Setting } from './setting.ts';

const uniqueNames = (sources: readonly { readonly name: string }[]): boolean =>
  new Set(sources.map(({ name }) => name)).size === sources.length;

/** A broker whose messages are taken in for one tenant. */
const MqttSource = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,50}$/, 'use lower-case letters, digits and hyphens'),
  tenant: TenantId,
  url: Url('mqtt', 'mqtts', 'tcp', 'ssl', 'ws', 'wss'),
  clientId: z.string().min(1).max(200).optional(),
  user: z.string().optional(),
  password: z.string().optional(),
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  topics: z.array(Text).min(1, 'name at least one topic'),
  templates: z.array(Text).default([]),
  qos: z.union([z.literal(0), z.literal(1)], 'give 0 or 1').default(1),
});

/** Kafka as the event log, and topics of other systems to read. */
export const brokerSettings = {
  kafkaBrokers: {
    key: 'kafka.brokers',
    schema: Names.pipe(z.array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'give host:port'))).optional(),
    placeholder: 'HOST:PORT,…',
    help: 'Brokers of an Apache Kafka to use as the event log instead of PostgreSQL.',
  },
  kafkaTopicPrefix: {
    key: 'kafka.topic-prefix',
    schema: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/, 'use letters, digits, dot, underscore and hyphen')
      .default('heliosiq.'),
    placeholder: 'TEXT',
    help: 'What the names of the topics and groups of this installation begin with.',
  },
  kafkaReplication: {
    key: 'kafka.replication',
    schema: Whole(0, 10).default(0),
    placeholder: 'N',
    help: 'Copies of each record; 0 takes as many as there are brokers, at most three.',
  },
  kafkaSasl: {
    key: 'kafka.sasl',
    schema: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).optional(),
    placeholder: 'MECHANISM',
    help: 'How to sign in at the brokers: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.',
  },
  kafkaUsername: {
    key: 'kafka.username',
    schema: Text.optional(),
    placeholder: 'NAME',
    help: 'User at the brokers; needed with kafka.sasl.',
  },
  kafkaPassword: {
    key: 'kafka.password',
    schema: Text.optional(),
    placeholder: 'TEXT',
    secret: true,
    help: 'Password at the brokers; needed with kafka.sasl.',
  },
  kafkaTls: {
    key: 'kafka.tls',
    schema: YesNo.default(false),
    placeholder: 'true|false',
    help: 'Connect to the brokers by TLS.',
  },
  kafkaCaFile: {
    key: 'kafka.ca-file',
    schema: Text.optional(),
    placeholder: 'FILE',
    help: "Authority of the brokers' certificates (PEM), where it is not a publicly known one.",
  },
  kafkaCertFile: {
    key: 'kafka.cert-file',
    schema: Text.optional(),
    placeholder: 'FILE',
    help: 'Certificate (PEM) to show to the brokers.',
  },
  kafkaKeyFile: { key: 'kafka.key-file', schema: Text.optional(), placeholder: 'FILE', help: 'Its private key (PEM).' },
  kafkaSources: {
    key: 'kafka.sources',
    schema: Structured(z.array(KafkaSource), 'a list of {name, tenant, brokers, topics, mapping}')
      .default([])
      .refine(uniqueNames, 'give each source a name of its own'),
    placeholder: 'JSON',
    secret: true,
    help: 'Kafka topics of other systems to take in. See the page on Kafka.',
  },
  mqttSources: {
    key: 'mqtt.sources',
    schema: Structured(z.array(MqttSource), 'a list of {name, tenant, url, topics}')
      .default([])
      .refine(uniqueNames, 'give each source a name of its own'),
    placeholder: 'JSON',
    secret: true,
    help: 'MQTT brokers of other systems whose messages are taken in. See the page on MQTT.',
  },
} as const satisfies Record<string, Setting>;
