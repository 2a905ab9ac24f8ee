import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { HeliosError } from '@heliosiq/model';
import type { Authenticator, Listener } from '@heliosiq/ports';
import { createClientProtocol } from './client-protocol.ts';
import type { ClientProtocolDeps } from './client-protocol.ts';
import { createConnection } from './connection.ts';
import type { Connection } from './connection.ts';
import { createMessageFaults } from './message-faults.ts';
import { createMessageIntake } from './message-intake.ts';
import type { MessageIntakeDeps } from './message-intake.ts';
import { mqttDefaults } from './mqtt-limits.ts';
import type { MqttLimits } from './mqtt-limits.ts';
import { reasons } from './reason-codes.ts';
import { createSessions } from './sessions.ts';
import { createSparkplugRebirth } from './sparkplug-rebirth.ts';
import { createTopicPermit } from './tenant-topics.ts';
import { createTopicReader } from './topic-template.ts';

/** The door with TLS; all but the port are PEM texts. */
export interface MqttTls {
  readonly port: number;
  readonly cert: string;
  readonly key: string;
  /** Signs client certificates that are taken as credentials. */
  readonly clientCa?: string | undefined;
}

export interface MqttListenerOptions extends MessageIntakeDeps {
  readonly authenticator: Authenticator;
  /** Tells this process from others of the same installation; the same after a restart. */
  readonly instance: string;
  readonly host: string;
  /** The port without TLS, 0 for a free one; undefined = only with TLS. */
  readonly port?: number | undefined;
  readonly tls?: MqttTls | undefined;
  /** Topics that a tenant's clients may publish to, with `{tenant}`; see `createTopicPermit`. */
  readonly topics?: readonly string[] | undefined;
  /** How topics name assets and metrics; see `createTopicReader`. */
  readonly templates?: readonly string[] | undefined;
  readonly limits?: Partial<MqttLimits> | undefined;
}

/** The listener, and where it listens once it does. */
export interface MqttListener extends Listener {
  /** Addresses by scheme; undefined where it does not listen. */
  readonly urls: { readonly mqtt: string | undefined; readonly mqtts: string | undefined };
}

/** A tenant's own topics, and Sparkplug B, whose topics are fixed. */
const permittedTopicsDefault: readonly string[] = ['{tenant}/#', 'spBv1.0/#'];

const silenceCheckMs = 1000;
const tcpKeepAliveMs = 60_000;

/**
 * Makes the MQTT door: a server for MQTT 3.1, 3.1.1 and 5 that takes messages and delivers none. A message of QoS 1 or 2 is
 * acknowledged when it is durable. Throws `config-invalid` for topics and templates that are not valid.
 */
export function createMqttListener(options: MqttListenerOptions): MqttListener {
  const { authenticator, instance, host, port, tls, meter, logger, now } = options;
  const limits = { ...mqttDefaults, ...options.limits };
  const templates = options.templates ?? [];
  const intake = createMessageIntake(options, { instance, templates, limits });
  const sessions = createSessions({ sessionsMax: limits.sessionsMax, now });
  const connections = new Set<Connection>();
  const servers: Server[] = [];
  const urls: { mqtt: string | undefined; mqtts: string | undefined } = { mqtt: undefined, mqtts: undefined };
  let silenceCheck: NodeJS.Timeout | undefined;

  const open = meter.gauge({ name: 'heliosiq_ingest_mqtt_connections', help: 'MQTT connections that are open.' });
  const connects = meter.counter({
    name: 'heliosiq_ingest_mqtt_connects_total',
    help: 'MQTT connections that were asked for, by outcome: admitted, or the reason code of the refusal.',
    labels: ['outcome'],
  });
  const ends = meter.counter({
    name: 'heliosiq_ingest_mqtt_disconnects_total',
    help: 'MQTT connections that ended, by reason.',
    labels: ['reason'],
  });

  const shared: Omit<ClientProtocolDeps, 'onEnd'> = {
    authenticator,
    permit: createTopicPermit(options.topics ?? permittedTopicsDefault),
    intake,
    sessions,
    topics: createTopicReader(templates),
    faults: createMessageFaults(options),
    rebirth: createSparkplugRebirth(now),
    limits,
    now,
    onFault: (error) => logger.error({ error }, 'mqtt-packet-failed'),
    onAdmitted: () => connects.add(1, { outcome: 'admitted' }),
  };

  function serve(socket: Socket): void {
    if (connections.size >= limits.connectionsMax) {
      connects.add(1, { outcome: 'too-many-connections' });
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    socket.setKeepAlive(true, tcpKeepAliveMs);
    const handler = createClientProtocol(() => connection, socket instanceof TLSSocket ? socket : undefined, {
      ...shared,
      onEnd(end, refusal) {
        connections.delete(connection);
        open.set(connections.size);
        ends.add(1, { reason: end });
        if (refusal !== undefined) connects.add(1, { outcome: `refused-0x${refusal.toString(16)}` });
        if (end === 'refused' || end === 'protocol') {
          logger.info({ end, refusal, address: socket.remoteAddress }, 'mqtt-connection-refused');
        }
      },
    });
    const connection = createConnection(socket, limits, handler);
    connections.add(connection);
    open.set(connections.size);
  }

  async function listenAt(server: Server, at: number): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const isTaken = error.code === 'EADDRINUSE';
        reject(
          isTaken ? new HeliosError('port-in-use', `MQTT: port ${at} on ${host} is in use`, { cause: error }) : error,
        );
      });
      server.listen(at, host, resolve);
    });
    server.on('error', (error) => logger.error({ error }, 'mqtt-accept-failed'));
    // The cast holds: a server that listens on a port has an address of this form.
    return (server.address() as AddressInfo).port;
  }

  return {
    name: 'mqtt',
    urls,
    async listen() {
      const shown = host.includes(':') ? `[${host}]` : host;
      if (port !== undefined) urls.mqtt = `mqtt://${shown}:${await listenAt(createServer(serve), port)}`;
      if (tls !== undefined) {
        const { cert, key, clientCa } = tls;
        const isMutual = clientCa !== undefined;
        const server = createTlsServer(
          {
            cert,
            key,
            requestCert: isMutual,
            rejectUnauthorized: false,
            handshakeTimeout: limits.connectTimeoutMs,
            ...(isMutual ? { ca: clientCa } : {}),
          },
          serve,
        );
        server.on('tlsClientError', () => connects.add(1, { outcome: 'tls-failed' }));
        urls.mqtts = `mqtts://${shown}:${await listenAt(server, tls.port)}`;
      }
      silenceCheck = setInterval(() => {
        for (const connection of connections) connection.checkSilence();
      }, silenceCheckMs);
      return { url: urls.mqtt ?? urls.mqtts ?? '' };
    },
    async close() {
      clearInterval(silenceCheck);
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      await intake.finish();
      for (const connection of connections) connection.end('shutdown', reasons.shuttingDown);
      sessions.close();
      await Promise.all(closed);
    },
  };
}
