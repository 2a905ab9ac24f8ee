import type { IngestCore } from '@heliosiq/ingest';
import type { Service } from '@heliosiq/ports';
import type { IngestPorts } from './compose-ingest.ts';
import { pemTexts } from './pem-files.ts';
import type { RoleContext } from './role-context.ts';

/** Topics of other systems that are read: one service each, loaded only where there are any. */
export async function openIngestSources(
  core: IngestCore,
  ports: IngestPorts,
  context: RoleContext,
): Promise<readonly Service[]> {
  return [...(await kafkaSources(core, ports, context)), ...(await mqttSources(core, ports, context))];
}

async function kafkaSources(core: IngestCore, { log }: IngestPorts, context: RoleContext): Promise<readonly Service[]> {
  const { kafkaSources: sources } = context.config;
  if (sources.length === 0) return [];
  const [{ createKafkaTopicSource }, { createKafkaTopics }] = await Promise.all([
    import('@heliosiq/adapters/kafka/topic-source.ts'),
    import('@heliosiq/ingest/kafka-topics/kafka-topics.ts'),
  ]);
  return sources.map(({ name, tenant, brokers, sasl, tls, group, topics, startAt, mapping }) =>
    createKafkaTopics({
      ...core,
      ...context,
      ...{ name, tenantId: tenant, mapping, log },
      source: createKafkaTopicSource({
        connection: {
          ...{ brokers, clientId: `heliosiq-${name}` },
          ...(sasl === undefined ? {} : { sasl }),
          ...(tls === undefined ? {} : { tls: definedOf(tls) }),
        },
        ...{ group, topics, startAt, logger: context.logger },
      }),
    }),
  );
}

async function mqttSources(core: IngestCore, ports: IngestPorts, context: RoleContext): Promise<readonly Service[]> {
  const { mqttSources: sources } = context.config;
  if (sources.length === 0) return [];
  const { createMqttSource } = await import('@heliosiq/ingest/mqtt/mqtt-source.ts');
  return Promise.all(
    sources.map(async ({ tenant, clientId, ca, cert, key, ...source }) =>
      createMqttSource({
        ...core,
        ...context,
        ...source,
        ...{ state: ports.states, tenantId: tenant, clientId: clientId ?? `heliosiq-${source.name}` },
        tls: await pemTexts({ ca, cert, key }),
      }),
    ),
  );
}

/** Leaves out what is undefined. */
function definedOf<Texts extends object>(texts: Texts): { [Name in keyof Texts]?: NonNullable<Texts[Name]> } {
  // The cast holds: only entries with a value are left.
  return Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Texts]?: NonNullable<Texts[Name]>;
  };
}
