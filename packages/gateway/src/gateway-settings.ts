/** Limits of the HTTP doors. Times in milliseconds, sizes in bytes. */
export interface GatewaySettings {
  /** A body on the wire, and after decompression. */
  readonly wireBytesMax: number;
  readonly bodyBytesMax: number;
  /** Bodies in memory at once, over all requests; beyond it 429. */
  readonly bodiesHeldBytesMax: number;
  /** Requests of one tenant in a minute; beyond it 429. */
  readonly requestsPerMinute: number;
  /** While the event loop is behind by more than this, senders of data are told to come back; 429. */
  readonly loopLagMaxMs: number;
  readonly connectionsMax: number;
  /** A sender must finish its headers, and its whole request, in this time. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** A connection without requests is kept this long. */
  readonly keepAliveMs: number;
  /** How often the files of the certificate are looked at for a new one. */
  readonly certificateCheckMs: number;
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
  requestsPerMinute: 600_000,
  loopLagMaxMs: 2000,
  connectionsMax: 2000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveMs: 72_000,
  certificateCheckMs: 60_000,
  answerTimeoutMs: 30_000,
  streamsMax: 500,
  heartbeatMs: 15_000,
  drainMs: 8000,
};
