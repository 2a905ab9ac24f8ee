/** Limits of the HTTP doors. Times in milliseconds, sizes in bytes. */
export interface GatewaySettings {
  /** A body on the wire, and after decompression. */
  readonly wireBytesMax: number;
  readonly bodyBytesMax: number;
  /** Bodies in memory at once, over all requests; beyond it 429. */
  readonly bodiesHeldBytesMax: number;
  /** Requests of one tenant in a minute; beyond it 429. */
  readonly requestsPerMinute: number;
  /** Requests with a bad credential from one address in a minute; beyond it 429. */
  readonly badCredentialsPerMinute: number;
  readonly connectionsMax: number;
  /** A sender must finish its headers, and its whole request, in this time. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** A handler must answer in this time. */
  readonly answerTimeoutMs: number;
  /** Live streams at once. */
  readonly streamsMax: number;
  readonly heartbeatMs: number;
  /** Requests under way at shutdown get this time to end. */
  readonly drainMs: number;
}

const mebibyte = 2 ** 20;

export const gatewayDefaults: GatewaySettings = {
  wireBytesMax: 32 * mebibyte,
  bodyBytesMax: 32 * mebibyte,
  bodiesHeldBytesMax: 64 * mebibyte,
  requestsPerMinute: 60_000,
  badCredentialsPerMinute: 600,
  connectionsMax: 2000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  answerTimeoutMs: 30_000,
  streamsMax: 500,
  heartbeatMs: 15_000,
  drainMs: 8000,
};
