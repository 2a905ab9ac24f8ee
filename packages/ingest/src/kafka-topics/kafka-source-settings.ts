import { TenantId } from '@heliosiq/model';
import { z } from 'zod';
import { parseFieldSource } from './field-source.ts';

/** Where a part of a sample comes from, in the words of `parseFieldSource`. */
const FieldSourceText = z
  .string()
  .refine(
    (text) => parseFieldSource(text) !== undefined,
    'give a path such as device.id, =words, @key, @topic, @value, @time or @header.NAME',
  );

/** How a message becomes samples: one for each element where its JSON is an array. */
export const FieldMapping = z.strictObject({
  asset: FieldSourceText,
  metric: FieldSourceText,
  value: FieldSourceText,
  /** Milliseconds, seconds or finer since 1970, or ISO 8601. Default: the time of the message. */
  at: FieldSourceText.default('@time'),
  unit: FieldSourceText.optional(),
  labels: z.record(z.string().min(1).max(128), FieldSourceText).default({}),
});
export type FieldMapping = z.infer<typeof FieldMapping>;

/** `signals`: the JSON that `POST /api/v1/signals` takes, one signal or an array of them. */
export const MessageMapping = z.union([z.literal('signals'), FieldMapping]);
export type MessageMapping = z.infer<typeof MessageMapping>;

/** Topics of another system's Kafka that are taken in for one tenant. */
export const KafkaSource = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,50}$/, 'use lower-case letters, digits and hyphens'),
    tenant: TenantId,
    brokers: z.array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'give host:port')).min(1),
    topics: z.array(z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, 'give the name of a topic')).min(1),
    /** The consumer group; all programs that name the same one share the work. Default: `heliosiq-` and the name. */
    group: z
      .string()
      .regex(/^\S{1,200}$/)
      .optional(),
    /** Where the group begins that has committed nothing yet. */
    startAt: z.enum(['earliest', 'latest']).default('earliest'),
    sasl: z
      .strictObject({
        mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']),
        username: z.string(),
        password: z.string(),
      })
      .optional(),
    /** `{}` connects by TLS to brokers of a known authority; otherwise PEM texts. */
    tls: z
      .strictObject({ ca: z.string().optional(), cert: z.string().optional(), key: z.string().optional() })
      .optional(),
    mapping: MessageMapping.default('signals'),
  })
  .transform((source) => ({ ...source, group: source.group ?? `heliosiq-${source.name}` }));
export type KafkaSource = z.infer<typeof KafkaSource>;
