import { assetLabelsDefault } from '../intake/asset-of-labels.ts';

const minuteMs = 60_000;

/** How alerts of other systems are taken. */
export interface AlertSettings {
  /** Labels that name the asset, the best first; `a/b` = both. */
  readonly assetLabels: readonly string[];
  /** Alerts of one request. */
  readonly alertsPerRequestMax: number;
  /** Firing alerts that are followed per tenant; beyond it the one first seen goes unfollowed. As many that are over are remembered. */
  readonly alertsMax: number;
  /** A direct alert without `endsAt` is over after this, unless it is sent again (Alertmanager's `resolve_timeout`). */
  readonly resolveTimeoutMs: number;
  /** An alert that goes on firing is told to the log once in this time. */
  readonly renewMs: number;
  /** A firing that another way in tells of so soon after the alert was over is its older news. */
  readonly lateMs: number;
  /** Replicas of one sender begin a firing within this of each other. */
  readonly replicaMs: number;
  /** How far a moment may lie ahead of the clock here. */
  readonly futureMaxMs: number;
  /** How old the end of an alert may be. */
  readonly ageMaxMs: number;
  /** After a start or an outage senders get this long to refresh their alerts before any is taken to be over. */
  readonly graceMs: number;
  /** Between two looks for alerts that nobody refreshed. */
  readonly tickMs: number;
  /** Between two writes of what has to survive a restart. */
  readonly saveMs: number;
}

export const alertDefaults: AlertSettings = {
  assetLabels: assetLabelsDefault,
  alertsPerRequestMax: 10_000,
  alertsMax: 20_000,
  resolveTimeoutMs: 5 * minuteMs,
  renewMs: 15 * minuteMs,
  lateMs: 10 * minuteMs,
  replicaMs: 5 * minuteMs,
  futureMaxMs: 10 * minuteMs,
  ageMaxMs: 400 * 24 * 60 * minuteMs,
  graceMs: 5 * minuteMs,
  tickMs: 1_000,
  saveMs: 3_000,
};
