/** Reason codes of MQTT 5 (section 2.4) that the door uses. */
export const reasons = {
  success: 0x00,
  noSubscriptionExisted: 0x11,
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementationError: 0x83,
  unsupportedVersion: 0x84,
  clientIdInvalid: 0x85,
  badCredential: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  serverBusy: 0x89,
  shuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  takenOver: 0x8e,
  filterInvalid: 0x8f,
  topicInvalid: 0x90,
  packetIdUnknown: 0x92,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  quotaExceeded: 0x97,
  payloadInvalid: 0x99,
  connectionRateExceeded: 0x9f,
} as const;

/** A reason code as used on the wire of MQTT 5. */
export type ReasonCode = (typeof reasons)[keyof typeof reasons];

/** The return code of CONNACK in MQTT 3.1.1 (section 3.2.2.3) for a reason of MQTT 5; undefined = close without one. */
export function returnCodeOf(reason: ReasonCode): number | undefined {
  if (reason === reasons.success) return 0;
  if (reason === reasons.unsupportedVersion) return 1;
  if (reason === reasons.clientIdInvalid) return 2;
  if (reason === reasons.badCredential) return 4;
  if (reason === reasons.notAuthorized || reason === reasons.badAuthenticationMethod) return 5;
  if (reason === reasons.serverUnavailable || reason === reasons.connectionRateExceeded) return 3;
  return undefined;
}
