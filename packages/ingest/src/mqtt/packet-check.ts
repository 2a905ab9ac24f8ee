import type { IConnectPacket, IPublishPacket, Packet } from 'mqtt-packet';
import { isStorableText } from '@heliosiq/model/storable-text.ts';
import { reasons } from './reason-codes.ts';
import type { ReasonCode } from './reason-codes.ts';
import { isTopicName } from './topic-name.ts';

const clientIdLengthMax = 1000;

/** Properties that may come more than once. */
const repeatable = new Set(['userProperties', 'subscriptionIdentifier']);

/**
 * What the specifications forbid in a packet from a client and the parser lets pass; undefined when nothing. CONNECT is
 * checked by `connectFaultOf` as well.
 */
export function packetFaultOf(packet: Packet, version: number): ReasonCode | undefined {
  const properties: Readonly<Record<string, unknown>> = 'properties' in packet ? { ...packet.properties } : {};
  for (const [name, value] of Object.entries(properties)) {
    if (Array.isArray(value) && !repeatable.has(name)) return reasons.protocolError;
    if (value === null || value === -1) return reasons.malformedPacket;
  }
  if (packet.cmd === 'publish') return publishFaultOf(packet, version);
  if (packet.cmd === 'subscribe' && packet.subscriptions.length === 0) return reasons.protocolError;
  if (packet.cmd === 'unsubscribe' && packet.unsubscriptions.length === 0) return reasons.protocolError;
  const isNumbered = packet.cmd === 'subscribe' || packet.cmd === 'unsubscribe' || packet.cmd === 'pubrel';
  return isNumbered && !isPacketId(packet.messageId) ? reasons.protocolError : undefined;
}

function publishFaultOf(
  { qos, dup, messageId, topic, properties }: IPublishPacket,
  version: number,
): ReasonCode | undefined {
  if (qos > 0 ? !isPacketId(messageId) : dup) return reasons.malformedPacket;
  const alias = properties?.topicAlias;
  if (properties?.subscriptionIdentifier !== undefined) return reasons.protocolError;
  if (topic === '') return version === 5 && alias !== undefined ? undefined : reasons.protocolError;
  // The parser puts U+FFFD where the bytes are no UTF-8.
  if (topic.includes('\u{FFFD}')) return reasons.malformedPacket;
  return isTopicName(topic) ? undefined : reasons.topicInvalid;
}

/** The same for CONNECT (section 3.1 of both versions). */
export function connectFaultOf(packet: IConnectPacket): ReasonCode | undefined {
  const { protocolVersion, clientId, username, password, will, properties } = packet;
  if (clientId.length > clientIdLengthMax || !isStorableText(clientId)) return reasons.clientIdInvalid;
  if (protocolVersion !== 5 && password !== undefined && username === undefined) return reasons.malformedPacket;
  if (properties?.receiveMaximum === 0 || properties?.maximumPacketSize === 0) return reasons.protocolError;
  if (will === undefined) return undefined;
  if ((will.qos ?? 0) > 2) return reasons.malformedPacket;
  return isTopicName(will.topic) ? undefined : reasons.topicInvalid;
}

function isPacketId(id: number | undefined): boolean {
  return id !== undefined && id >= 1 && id <= 65_535;
}
