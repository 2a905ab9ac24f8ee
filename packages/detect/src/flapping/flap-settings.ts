/** What can be set about series that become unusual and calm again over and over. Times are event time. */
export interface FlapSettings {
  /** Anomalies of one series that begin within the window from which on they are told as one. */
  readonly opens: number;
  readonly windowMs: number;
  /** A series is stable after so long without an anomaly. */
  readonly stableMs: number;
  /** Series with late anomalies that are remembered in one partition of a tenant at most. */
  readonly seriesMax: number;
}

/** The shipped settings. */
export const flapDefaults: FlapSettings = {
  opens: 4,
  windowMs: 6 * 3_600_000,
  stableMs: 2 * 3_600_000,
  seriesMax: 1000,
};
