import { TenantId } from '@heliosiq/model';
import { zoneOffsetMs } from '@heliosiq/ingest/wire-time.ts';
import { z } from 'zod';
import { Names, PortOrOff, Structured, Text } from './setting.ts';
import type { Setting } from './setting.ts';

const TlsClients = z.array(
  z.strictObject({
    subject: Text,
    tenant: TenantId,
    role: z.enum(['viewer', 'operator', 'admin']).default('operator'),
  }),
);

/** The ways in with ports of their own, and the certificate that all of them show. */
export const listenerSettings = {
  tlsCertFile: {
    key: 'tls.cert-file',
    schema: Text.optional(),
    placeholder: 'FILE',
    help: 'Certificate (PEM). With it the main port speaks HTTPS, and so do the others that have TLS.',
  },
  tlsKeyFile: { key: 'tls.key-file', schema: Text.optional(), placeholder: 'FILE', help: 'Its private key (PEM).' },
  tlsClientCaFile: {
    key: 'tls.client-ca-file',
    schema: Text.optional(),
    placeholder: 'FILE',
    help: 'Authorities (PEM) whose client certificates are taken as credentials.',
  },
  tlsClients: {
    key: 'tls.clients',
    schema: Structured(TlsClients, 'a list of {subject, tenant, role}').default([]),
    placeholder: 'JSON',
    help: 'Whom a client certificate stands for: [{subject: "CN=plant-7,O=Acme", tenant: acme, role: operator}].',
  },
  otlpHttpPort: {
    key: 'otlp.http-port',
    schema: PortOrOff.default(4318),
    placeholder: 'N|off',
    help: 'Port for OpenTelemetry over HTTP, beside the main port, which takes it as well.',
  },
  otlpGrpcPort: {
    key: 'otlp.grpc-port',
    schema: PortOrOff.default(4317),
    placeholder: 'N|off',
    help: 'Port for OpenTelemetry over gRPC.',
  },
  mqttPort: {
    key: 'mqtt.port',
    schema: PortOrOff.default('off'),
    placeholder: 'N|off',
    help: 'Port for MQTT 3.1.1 and 5, usually 1883.',
  },
  mqttTlsPort: {
    key: 'mqtt.tls-port',
    schema: PortOrOff.default('off'),
    placeholder: 'N|off',
    help: 'Port for MQTT with TLS, usually 8883; needs tls.cert-file.',
  },
  mqttTopics: {
    key: 'mqtt.topics',
    schema: Names.default(['{tenant}/#', 'spBv1.0/#']),
    placeholder: 'FILTERS',
    help: 'Topics that the clients of a tenant may publish to; {tenant} is its name. Messages belong to the tenant of the credential.',
  },
  mqttTemplates: {
    key: 'mqtt.templates',
    schema: z
      .union([z.array(Text), Text.transform((text) => text.split(',').map((template) => template.trim()))])
      .default([]),
    placeholder: 'TEMPLATES',
    help: 'What the levels of a topic mean, e.g. site/{label.site}/{asset}/{metric}; without one that fits the last level is the metric.',
  },
  syslogTcpPort: {
    key: 'syslog.tcp-port',
    schema: PortOrOff.default('off'),
    placeholder: 'N|off',
    help: 'Port for syslog over TCP, usually 514 or 601.',
  },
  syslogUdpPort: {
    key: 'syslog.udp-port',
    schema: PortOrOff.default('off'),
    placeholder: 'N|off',
    help: 'Port for syslog over UDP, usually 514.',
  },
  syslogTlsPort: {
    key: 'syslog.tls-port',
    schema: PortOrOff.default('off'),
    placeholder: 'N|off',
    help: 'Port for syslog with TLS, usually 6514; needs tls.cert-file.',
  },
  syslogTenant: {
    key: 'syslog.tenant',
    schema: TenantId.optional(),
    placeholder: 'ID',
    help: 'Tenant of syslog senders that nothing else names. Default: the tenant of the first start.',
  },
  syslogSources: {
    key: 'syslog.sources',
    schema: Structured(z.record(Text, TenantId), '{"10.1.0.0/16": "acme"}').default({}),
    placeholder: 'JSON',
    help: 'Tenants of syslog senders by network: {10.1.0.0/16: acme}.',
  },
  syslogZone: {
    key: 'syslog.zone',
    schema: Text.refine((zone) => zoneOffsetMs(zone) !== undefined, 'give UTC or an offset such as +02:00').default(
      'UTC',
    ),
    placeholder: 'ZONE',
    help: 'Zone of RFC 3164 dates, which carry none: UTC or an offset such as +02:00.',
  },
} as const satisfies Record<string, Setting>;
