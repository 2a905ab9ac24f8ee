import { hostname } from 'node:os';
import type { IngestCore } from '@heliosiq/ingest';
import type { Listener } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import type { IngestPorts } from './compose-ingest.ts';
import { tlsOf } from './gateway-access.ts';
import { pemTexts } from './pem-files.ts';
import type { RoleContext } from './role-context.ts';

/** The ways in with ports of their own. Each is loaded only where it is opened. */
export async function openIngestListeners(
  core: IngestCore,
  ports: IngestPorts,
  context: RoleContext,
): Promise<readonly Listener[]> {
  const opened = [await otlpGrpc(core, context), await mqtt(core, ports, context), await syslog(core, context)];
  return opened.filter((listener) => listener !== undefined);
}

async function otlpGrpc({ otlp }: IngestCore, context: RoleContext): Promise<Listener | undefined> {
  const { config } = context;
  const port = portOf(config.otlpGrpcPort);
  if (port === undefined) return undefined;
  const { createOtlpGrpcListener } = await import('@heliosiq/ingest/otlp/otlp-grpc-listener.ts');
  const tls = await tlsTexts(config);
  return createOtlpGrpcListener({
    ...context,
    ...{ intake: otlp, host: config.host, port },
    limits: { messageBytesMax: config.bodyMaxMiB * 2 ** 20 },
    ...(tls === undefined ? {} : { tls: { certificate: tls.cert, key: tls.key, clientAuthorities: tls.clientCa } }),
  });
}

async function mqtt(core: IngestCore, ports: IngestPorts, context: RoleContext): Promise<Listener | undefined> {
  const { config } = context;
  const [port, tlsPort] = [portOf(config.mqttPort), portOf(config.mqttTlsPort)];
  if (port === undefined && tlsPort === undefined) return undefined;
  const { createMqttListener } = await import('@heliosiq/ingest/mqtt/mqtt-listener.ts');
  const tls = tlsPort === undefined ? undefined : await tlsTexts(config);
  return createMqttListener({
    ...core,
    ...context,
    ...{ state: ports.states, host: config.host, port },
    instance: `${hostname()}:${port ?? tlsPort}`,
    topics: config.mqttTopics,
    templates: config.mqttTemplates,
    tls: tls === undefined || tlsPort === undefined ? undefined : { port: tlsPort, ...tls },
  });
}

async function syslog({ telemetry }: IngestCore, context: RoleContext): Promise<Listener | undefined> {
  const { config } = context;
  const [tcpPort, udpPort, tlsPort] = [config.syslogTcpPort, config.syslogUdpPort, config.syslogTlsPort].map(portOf);
  if (tcpPort === undefined && udpPort === undefined && tlsPort === undefined) return undefined;
  const { createSyslogListener } = await import('@heliosiq/ingest/syslog/syslog-listener.ts');
  const tls = tlsPort === undefined ? undefined : await tlsTexts(config);
  return createSyslogListener({
    ...context,
    telemetry,
    settings: {
      ...{ host: config.host, tcpPort, udpPort },
      tls: tls === undefined || tlsPort === undefined ? undefined : { port: tlsPort, ...tls },
      tenant: config.syslogTenant ?? config.tenant,
      sources: config.syslogSources,
      zone: config.syslogZone,
      ageMaxMs: config.ageMaxDays * 86_400_000,
    },
  });
}

function portOf(port: number | 'off'): number | undefined {
  return port === 'off' ? undefined : port;
}

/** The program's certificate as texts; undefined where it has none. */
async function tlsTexts(
  config: Config,
): Promise<{ cert: string; key: string; clientCa: string | undefined } | undefined> {
  const files = tlsOf(config);
  if (files === undefined) return undefined;
  const { certFile, keyFile, clientCaFile } = files;
  const { cert = '', key = '', clientCa } = await pemTexts({ cert: certFile, key: keyFile, clientCa: clientCaFile });
  return { cert, key, clientCa };
}
