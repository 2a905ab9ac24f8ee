import type { TLSSocket } from 'node:tls';
import type {
  IConnectPacket,
  IDisconnectPacket,
  IPublishPacket,
  IPubrelPacket,
  ISubscribePacket,
  IUnsubscribePacket,
  Packet,
} from 'mqtt-packet';
import { orderedId } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { admit } from './admission.ts';
import type { AdmissionDeps } from './admission.ts';
import type { Connection, ConnectionEnd, ConnectionHandler } from './connection.ts';
import { eventOfWill } from './last-will.ts';
import type { MessageFault } from './measurement.ts';
import type { MessageFaults } from './message-faults.ts';
import type { MessageIntake, MessageResult } from './message-intake.ts';
import type { MqttLimits } from './mqtt-limits.ts';
import { reasons } from './reason-codes.ts';
import type { ReasonCode } from './reason-codes.ts';
import type { Session, Sessions } from './sessions.ts';
import type { SparkplugNodeName } from './sparkplug-nodes.ts';
import type { SparkplugRebirth } from './sparkplug-rebirth.ts';
import { filterTakes, isTopicFilter } from './topic-name.ts';
import type { TopicReader } from './topic-template.ts';

export interface ClientProtocolDeps extends AdmissionDeps {
  readonly intake: MessageIntake;
  readonly sessions: Sessions;
  readonly topics: TopicReader;
  readonly faults: MessageFaults;
  readonly rebirth: SparkplugRebirth;
  readonly limits: MqttLimits;
  readonly now: () => number;
  readonly onAdmitted: () => void;
  readonly onFault: (error: unknown) => void;
  readonly onEnd: (end: ConnectionEnd, reason: ReasonCode | undefined) => void;
}

/** Filters of one session that are remembered, their length, and QoS 2 messages that wait for their release. */
const filtersMax = 100;
const filterLengthMax = 1000;
const unreleasedMax = 4096;
/** A session that never expires (MQTT 5) is kept while the program runs. */
const neverExpires = 0xffff_ffff;
/** How long a client that is over its quota is left waiting before it is sent away, where the version has no other way. */
const overQuotaPauseMs = 2000;

/** Reason codes of messages that can never be used; all others are `payloadInvalid`. */
const rejectionReasons: Partial<Record<MessageFault, ReasonCode>> = {
  topic: reasons.topicInvalid,
  name: reasons.topicInvalid,
  'series-max': reasons.quotaExceeded,
};

/** A client that was admitted. */
interface Client {
  readonly tenantId: TenantId;
  readonly clientId: string;
  /** The name in CONNECT: empty for clients that were given one. */
  readonly ownClientId: string;
  readonly session: Session;
  readonly connectedAt: number;
  sessionExpiryS: number;
  will: IConnectPacket['will'] | undefined;
}

/** Speaks MQTT 3.1, 3.1.1 and 5 with one client as a server that takes messages and delivers none. */
export function createClientProtocol(
  connectionOf: () => Connection,
  socket: TLSSocket | undefined,
  deps: ClientProtocolDeps,
): ConnectionHandler {
  const { intake, sessions, topics, faults, rebirth, permit, limits, now } = deps;
  const aliases = new Map<number, string>();
  const arriving = new Set<number>();
  let client: Client | undefined;
  let unanswered = 0;
  let isSentAway = false;
  let isWaitingForRoom = false;
  let refusal: ReasonCode | undefined;

  function refuse(reason: ReasonCode): void {
    refusal = reason;
    connectionOf().refuse(reason);
  }

  async function connect(packet: IConnectPacket): Promise<void> {
    const admission = await admit(packet, socket, deps);
    const connection = connectionOf();
    if (!admission.ok) return refuse(admission.reason);
    const { tenantId } = admission.value;
    const isFive = packet.protocolVersion === 5;
    const clientId = packet.clientId === '' ? `heliosiq-${orderedId()}` : packet.clientId;
    const isClean = packet.clean === true;
    const sessionExpiryS = isFive ? (packet.properties?.sessionExpiryInterval ?? 0) : isClean ? 0 : neverExpires;
    connection.admitted(packet.keepalive ?? 0);
    if (!connection.isOpen) return; // it went away meanwhile
    const takeOver = (): void => connection.end('taken-over', reasons.takenOver);
    const { session, isPresent } = sessions.open(tenantId, clientId, { isClean, takeOver });
    const will = packet.will && { ...packet.will, payload: Buffer.from(packet.will.payload) };
    client = { tenantId, clientId, ownClientId: packet.clientId, session, connectedAt: now(), sessionExpiryS, will };
    deps.onAdmitted();
    connection.send({
      cmd: 'connack',
      sessionPresent: isPresent,
      returnCode: 0,
      reasonCode: reasons.success,
      properties: {
        receiveMaximum: Math.min(limits.inflightMax, 65_535),
        maximumPacketSize: limits.packetBytesMax,
        topicAliasMaximum: limits.topicAliasMax,
        ...(packet.clientId === '' ? { assignedClientIdentifier: clientId } : {}),
      },
    });
    connection.proceed();
  }

  /** The topic of a message, its alias resolved (MQTT 5, section 3.3.2.3.4); undefined when the connection was ended for it. */
  function topicOf({ topic, properties }: IPublishPacket): string | undefined {
    const alias = properties?.topicAlias;
    if (alias === undefined) return topic;
    if (alias < 1 || alias > limits.topicAliasMax) {
      connectionOf().end('protocol', reasons.topicAliasInvalid);
      return undefined;
    }
    if (topic !== '') {
      aliases.set(alias, topic);
      return topic;
    }
    const known = aliases.get(alias);
    if (known === undefined) connectionOf().end('protocol', reasons.protocolError);
    return known;
  }

  function acknowledge(messageId: number, qos: number, reasonCode: ReasonCode): void {
    connectionOf().send({ cmd: qos === 1 ? 'puback' : 'pubrec', messageId, reasonCode });
  }

  function publish(packet: IPublishPacket, { tenantId, clientId, ownClientId, session }: Client): void {
    const { qos, messageId = 0 } = packet;
    const connection = connectionOf();
    const topic = topicOf(packet);
    if (topic === undefined) return;
    if (!permit(topic, tenantId)) {
      faults.note({ tenantId, reason: 'topic-not-permitted', topic, clientId });
      // MQTT 3.1.1 has no way to refuse a message but to close (section 3.3.5).
      if (connection.version !== 5) return connection.end('not-authorized');
      if (qos > 0) acknowledge(messageId, qos, reasons.notAuthorized);
      return;
    }
    if (qos === 2) {
      if (session.unreleased.has(messageId)) return acknowledge(messageId, qos, reasons.success);
      if (arriving.has(messageId)) return; // its answer is on the way
      if (arriving.size + session.unreleased.size >= unreleasedMax) {
        return connection.end('protocol', reasons.receiveMaximumExceeded);
      }
      arriving.add(messageId);
    }
    unanswered += 1;
    intake.add({
      tenantId,
      topic,
      payload: Buffer.from(packet.payload),
      clientId,
      ...(qos === 0 ? {} : { delivery: { clientId: ownClientId, packetId: messageId, isRedelivered: packet.dup } }),
      onIncompleteNode: (node) => askForRebirth(node, topic, session),
      done(result) {
        unanswered -= 1;
        answer(result, { qos, messageId, session });
        connection.proceed();
      },
    });
  }

  function answer(
    result: MessageResult,
    { qos, messageId, session }: { readonly qos: number; readonly messageId: number; readonly session: Session },
  ): void {
    const connection = connectionOf();
    arriving.delete(messageId);
    // Also when the client has gone: its next connection will ask for the same message.
    if (qos === 2 && result.kind === 'stored') session.unreleased.add(messageId);
    if (qos === 0 || !connection.isOpen) return;
    const isFive = connection.version === 5;
    if (result.kind === 'stored') return acknowledge(messageId, qos, reasons.success);
    if (result.kind === 'rejected') {
      // A message that can never be used must not come again and again; only MQTT 5 can say that it was refused.
      const reason = rejectionReasons[result.reason] ?? reasons.payloadInvalid;
      if (qos === 2 && !isFive) session.unreleased.add(messageId);
      return acknowledge(messageId, qos, isFive ? reason : reasons.success);
    }
    if (result.kind === 'unavailable') return connection.end('unavailable', reasons.serverBusy);
    if (isFive) return acknowledge(messageId, qos, reasons.quotaExceeded);
    if (isSentAway) return;
    isSentAway = true;
    setTimeout(() => connection.end('quota'), overQuotaPauseMs).unref();
  }

  /** The second half of QoS 2: the message is stored, its number free for the next. */
  function release({ messageId = 0 }: IPubrelPacket, { session }: Client): void {
    const isKnown = session.unreleased.delete(messageId);
    connectionOf().send({ cmd: 'pubcomp', messageId, reasonCode: isKnown ? reasons.success : reasons.packetIdUnknown });
  }

  function askForRebirth(node: SparkplugNodeName, topic: string, { tenantId, filters }: Session): void {
    const command = rebirth.ask(node);
    if (command === undefined) return;
    const commandTopic = topic.startsWith(`${tenantId}/`) ? `${tenantId}/${command.topic}` : command.topic;
    if (![...filters].some((filter) => filterTakes(filter, commandTopic))) return;
    const { payload } = command;
    connectionOf().send({ cmd: 'publish', topic: commandTopic, payload, qos: 0, dup: false, retain: false });
  }

  /** Every filter is granted, so that devices which wait for commands go on; nothing but rebirth commands is ever delivered. */
  function subscribe({ subscriptions, messageId = 0 }: ISubscribePacket, { session: { filters } }: Client): void {
    const isFive = connectionOf().version === 5;
    const granted = subscriptions.map(({ topic, qos }) => {
      if (!isTopicFilter(topic)) return isFive ? reasons.filterInvalid : 0x80;
      if (filters.size < filtersMax && topic.length <= filterLengthMax) filters.add(topic);
      return qos;
    });
    connectionOf().send({ cmd: 'suback', messageId, granted });
  }

  function unsubscribe({ unsubscriptions, messageId = 0 }: IUnsubscribePacket, { session: { filters } }: Client): void {
    const granted = unsubscriptions.map((filter) =>
      filters.delete(filter) ? reasons.success : reasons.noSubscriptionExisted,
    );
    connectionOf().send({ cmd: 'unsuback', messageId, granted });
  }

  function disconnect({ reasonCode = 0, properties }: IDisconnectPacket, leaving: Client): void {
    const expiryS = properties?.sessionExpiryInterval;
    if (expiryS !== undefined) {
      if (leaving.sessionExpiryS === 0 && expiryS > 0) return connectionOf().end('protocol', reasons.protocolError);
      leaving.sessionExpiryS = expiryS;
    }
    // Only a normal goodbye takes the will back (MQTT 5, section 3.14.4).
    if (connectionOf().version !== 5 || reasonCode === 0) leaving.will = undefined;
    connectionOf().end('client');
  }

  function fireWill(will: NonNullable<IConnectPacket['will']>, gone: Client): void {
    const { tenantId, clientId, connectedAt } = gone;
    const { topic } = will;
    const payload = Buffer.from(will.payload);
    const event = eventOfWill({ tenantId, clientId, topic, payload, connectedAt, at: now() }, topics);
    intake.add({
      tenantId,
      topic,
      payload,
      clientId,
      events: event === undefined ? [] : [event],
      done: () => undefined,
    });
  }

  function leave(gone: Client, end: ConnectionEnd): void {
    const { session, will, sessionExpiryS } = gone;
    const expiryMs = sessionExpiryS === neverExpires ? Number.MAX_SAFE_INTEGER : sessionExpiryS * 1000;
    if (will !== undefined && end !== 'shutdown') {
      const delayMs = Math.min((will.properties?.willDelayInterval ?? 0) * 1000, expiryMs, 2 ** 31 - 1);
      const fire = (): void => {
        session.will = undefined;
        fireWill(will, gone);
      };
      if (delayMs === 0) fire();
      else session.will = { timer: setTimeout(fire, delayMs).unref(), fire };
    }
    sessions.leave(session, expiryMs);
  }

  return {
    onConnect: (packet) => void connect(packet).catch(() => refuse(reasons.serverUnavailable)),
    onPacket(packet: Packet) {
      if (client === undefined) return;
      if (packet.cmd === 'publish') publish(packet, client);
      else if (packet.cmd === 'pubrel') release(packet, client);
      else if (packet.cmd === 'subscribe') subscribe(packet, client);
      else if (packet.cmd === 'unsubscribe') unsubscribe(packet, client);
      else if (packet.cmd === 'pingreq') connectionOf().send({ cmd: 'pingresp' });
      else if (packet.cmd === 'disconnect') disconnect(packet, client);
      else connectionOf().end('protocol', reasons.protocolError);
    },
    isBusy() {
      if (isSentAway || unanswered >= limits.inflightMax) return true;
      if (client === undefined || !intake.isFull(client.tenantId)) return false;
      if (!isWaitingForRoom) {
        isWaitingForRoom = true;
        intake.whenRoom(() => {
          isWaitingForRoom = false;
          connectionOf().proceed();
        });
      }
      return true;
    },
    onFault: deps.onFault,
    onEnd(end) {
      deps.onEnd(end, refusal);
      if (client !== undefined) leave(client, end);
    },
  };
}
