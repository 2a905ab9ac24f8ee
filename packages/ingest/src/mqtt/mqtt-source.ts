import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import { generate } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { Service } from '@heliosiq/ports';
import { createMessageIntake } from './message-intake.ts';
import type { MessageIntakeDeps } from './message-intake.ts';
import { mqttDefaults } from './mqtt-limits.ts';
import type { MqttLimits } from './mqtt-limits.ts';
import { reasons } from './reason-codes.ts';
import { createSparkplugRebirth } from './sparkplug-rebirth.ts';
import { isTopicFilter } from './topic-name.ts';

export interface MqttSourceOptions extends MessageIntakeDeps {
  /** In logs and metrics. */
  readonly name: string;
  /** Whose messages these are. */
  readonly tenantId: TenantId;
  /** `mqtt://host:1883` or `mqtts://host:8883`; `ws://` and `wss://` too. */
  readonly url: string;
  /** The broker keeps what arrives while we are away under this name: one process, one name, the same after a restart. */
  readonly clientId: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** PEM texts: the CA of the broker, and a client certificate with its key. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  /** Topic filters; `$share/group/…` shares the messages among the processes of the group. */
  readonly topics: readonly string[];
  /** 1 when absent: 0 may lose what arrives during an outage. */
  readonly qos?: 0 | 1 | undefined;
  readonly templates?: readonly string[] | undefined;
  readonly limits?: Partial<MqttLimits> | undefined;
}

/** How long the broker keeps our session while we are away: a week (MQTT 5; 3.1.1 has no limit). */
const sessionExpiryS = 7 * 24 * 3600;
const keepAliveS = 30;
const pauseMinMs = 500;
const pauseMaxMs = 30_000;

/** How a connection ended. */
type AttemptEnd = 'lost' | 'version';

/**
 * Makes a client of an existing broker (MQTT 5, or 3.1.1 where that is refused) with a session that the broker keeps. A message
 * is acknowledged to the broker when it is durable, so that neither side's outage loses one. Throws `config-invalid`.
 */
export function createMqttSource(options: MqttSourceOptions): Service {
  const { name, tenantId, url, clientId, user, password, tls, topics, qos = 1, meter, logger, now } = options;
  const unusable = topics.find((topic) => !isTopicFilter(topic));
  if (unusable !== undefined || topics.length === 0) {
    throw new HeliosError('config-invalid', `MQTT source ${name}: "${unusable ?? ''}" is not a topic filter`);
  }
  // The broker holds what is not acknowledged: waiting for our store has no end.
  const limits = { ...mqttDefaults, retryMaxMs: Infinity, ...options.limits };
  const intake = createMessageIntake(options, {
    instance: `${name} ${clientId}`,
    templates: options.templates ?? [],
    limits,
  });
  const rebirth = createSparkplugRebirth(now);
  const connected = meter.gauge({
    name: 'heliosiq_ingest_mqtt_source_connected',
    help: '1 while the MQTT source is connected to its broker.',
    labels: ['source'],
  });
  let pending = 0;
  let version: 4 | 5 = 5;
  let pauseMs = pauseMinMs;

  function open(): MqttClient {
    const settings: IClientOptions = {
      ...tls,
      clientId,
      clean: false,
      protocolVersion: version,
      keepalive: keepAliveS,
      // Every attempt is a client of its own, so that the pauses between them can grow.
      reconnectPeriod: 0,
      resubscribe: false,
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined ? {} : { password }),
      ...(version === 5
        ? { properties: { sessionExpiryInterval: sessionExpiryS, receiveMaximum: limits.inflightMax } }
        : {}),
    };
    return connect(url, settings);
  }

  async function subscribe(client: MqttClient): Promise<void> {
    // `rh: 1`: retained messages only with a new subscription, not at every reconnect (MQTT 5, section 3.8.3.1).
    const granted = await client.subscribeAsync([...topics], version === 5 ? { qos, rh: 1 } : { qos });
    logger.info({ source: name, topics: granted.map(({ topic }) => topic), version }, 'mqtt-source-subscribed');
    connected.set(1, { source: name });
    pauseMs = pauseMinMs;
  }

  /** Takes the messages of one connection; each is acknowledged on it, or delivered again on the next. */
  function receive(client: MqttClient): void {
    const acknowledged = new WeakSet<Packet>();
    let held: (() => void)[] = [];
    const isFull = (): boolean => pending >= limits.inflightMax * 4 || intake.isFull(tenantId);
    const proceed = (): void => {
      if (isFull()) return intake.whenRoom(proceed);
      const released = held;
      held = [];
      for (const go of released) go();
    };

    // The library acknowledges as soon as a message is handled and handles one at a time; a store takes many at once. So it is shown
    // QoS 0, and the PUBACK is written here when the message is durable.
    client.on('packetreceive', (packet) => {
      if (packet.cmd !== 'publish' || packet.qos !== 1) return;
      acknowledged.add(packet);
      packet.qos = 0;
    });
    client.handleMessage = (_, next) => {
      if (!isFull()) return next();
      held.push(next);
      if (held.length === 1) proceed();
    };
    client.on('message', (topic, payload, packet) => {
      const { messageId } = packet;
      const stream = client.stream;
      pending += 1;
      intake.add({
        tenantId,
        topic,
        payload,
        clientId: name,
        ...(acknowledged.has(packet) && messageId !== undefined
          ? { delivery: { clientId, packetId: messageId, isRedelivered: packet.dup } }
          : {}),
        onIncompleteNode(node) {
          const command = rebirth.ask(node);
          if (command !== undefined) client.publish(command.topic, command.payload, { qos: 0 });
        },
        done({ kind }) {
          pending -= 1;
          if (!acknowledged.has(packet) || messageId === undefined || stream.destroyed) return;
          // Not stored and not useless: the broker delivers it again after a new connection.
          if (kind === 'over-quota' || kind === 'unavailable') stream.destroy();
          else stream.write(generate({ cmd: 'puback', messageId, reasonCode: 0 }, { protocolVersion: version }));
        },
      });
    });
  }

  /** One connection from its beginning to its end. */
  async function attempt(signal: AbortSignal): Promise<AttemptEnd> {
    const client = open();
    let end: AttemptEnd = 'lost';
    const closed = new Promise<void>((resolve) => client.once('close', resolve));
    receive(client);
    client.on('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      if (version === 5 && (code === reasons.unsupportedVersion || code === 1)) end = 'version';
      logger.warn({ source: name, reason: error.message }, 'mqtt-source-error');
    });
    client.on('connect', () => {
      subscribe(client).catch((error: unknown) => {
        logger.error({ source: name, error }, 'mqtt-source-subscribe-failed');
        client.stream.destroy();
      });
    });
    const stop = (): void => void leave(client);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await closed;
    signal.removeEventListener('abort', stop);
    connected.set(0, { source: name });
    if (!signal.aborted) client.end(true);
    return end;
  }

  /** Takes nothing new, acknowledges what is stored, and says goodbye; the broker keeps the session. */
  async function leave(client: MqttClient): Promise<void> {
    client.handleMessage = () => undefined;
    await intake.finish();
    client.end(!client.connected);
  }

  return {
    name: `mqtt-source-${name}`,
    async run(signal) {
      while (!signal.aborted) {
        const end = await attempt(signal);
        if (signal.aborted) break;
        if (end === 'version') {
          version = 4;
          continue;
        }
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
      }
      await intake.finish();
    },
  };
}
