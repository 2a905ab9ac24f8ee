/** What the MQTT door takes at most. */
export interface MqttLimits {
  /** Bytes of one packet. */
  readonly packetBytesMax: number;
  /** Messages of one connection that are not answered yet; for MQTT 5 its Receive Maximum. */
  readonly inflightMax: number;
  /** Connections at once. */
  readonly connectionsMax: number;
  /** Bytes of all messages that are not stored yet; a tenant may have a quarter of it. */
  readonly pendingBytesMax: number;
  /** How long a message waits for a store that is down or a rate that is used up before its sender is told. */
  readonly retryMaxMs: number;
  /** A connection that has not sent CONNECT after this time is closed. */
  readonly connectTimeoutMs: number;
  /** Sessions that are kept for clients that are away. */
  readonly sessionsMax: number;
  /** Topic aliases of one connection (MQTT 5). */
  readonly topicAliasMax: number;
}

export const mqttDefaults: MqttLimits = {
  packetBytesMax: 262_144,
  inflightMax: 256,
  connectionsMax: 10_000,
  pendingBytesMax: 64 * 1024 * 1024,
  retryMaxMs: 15_000,
  connectTimeoutMs: 10_000,
  sessionsMax: 100_000,
  topicAliasMax: 64,
};
