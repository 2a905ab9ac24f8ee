import type { Anomaly, Incident } from '@heliosiq/model';
import { hurts } from './detected-change.ts';

/** A stretch of event time, milliseconds since the epoch; `to` is exclusive. */
export interface FaultWindow {
  readonly from: number;
  readonly to: number;
}

/** A longer fault is looked at where it began. */
const LENGTH_MAX_MS = 6 * 3_600_000;
/** Members further apart than this many sampling intervals, and than this time, are two bursts. */
const GAP_INTERVALS = 3;
const GAP_MIN_MS = 10 * 60_000;
/** The newest burst is the trouble unless an older one outweighs it by this factor. */
const OLDER_MUST_OUTWEIGH = 1.5;
/** What an anomaly counts whose metric went where nobody is hurt. */
const HARMLESS_WEIGHT = 0.25;
const DECADES_MAX = 15;

/** How surprising a score is: -log10 of the chance that a normal sample gets it, at most 15. */
export function surpriseDecades(score: number): number {
  return -Math.log10(Math.max(1 - score, 10 ** -DECADES_MAX));
}

/** Weight of a burst: the most surprising anomaly of each asset, summed. */
function weightOf(burst: readonly Anomaly[]): number {
  const byAsset = new Map<string, number>();
  for (const anomaly of burst) {
    const weight =
      surpriseDecades(anomaly.score) *
      (hurts({ metric: anomaly.series.metric, deviation: anomaly.deviation }) ? 1 : HARMLESS_WEIGHT);
    byAsset.set(anomaly.series.asset, Math.max(byAsset.get(anomaly.series.asset) ?? 0, weight));
  }
  return [...byAsset.values()].reduce((sum, weight) => sum + weight, 0);
}

/** Members that follow one another without a long pause, oldest burst first. */
function burstsOf(anomalies: readonly Anomaly[], gapMs: number): Anomaly[][] {
  const bursts: Anomaly[][] = [];
  let endsAt = -Infinity;
  for (const anomaly of [...anomalies].sort((a, b) => a.startedAt - b.startedAt)) {
    if (anomaly.startedAt - endsAt > gapMs) bursts.push([]);
    bursts.at(-1)?.push(anomaly);
    endsAt = Math.max(endsAt, anomaly.lastSeenAt);
  }
  return bursts;
}

/**
 * The time of an incident's trouble, from its member anomalies: the burst of them that weighs most, for an incident may have
 * gathered blips over many hours. It begins one sampling interval before the first member (a sample tells of its whole interval,
 * and detection is late) and ends with the last sample in which one was seen, after six hours at most. An incident
 * without members (an alert's) goes by its own times.
 */
export function faultWindow(
  incident: Pick<Incident, 'startedAt' | 'lastSeenAt'>,
  anomalies: readonly Anomaly[],
  intervalMs: number,
): FaultWindow {
  const stepMs = Math.ceil(intervalMs);
  let [first, last] = [incident.startedAt, incident.lastSeenAt];
  let heaviest = 0;
  for (const burst of burstsOf(anomalies, Math.max(GAP_MIN_MS, GAP_INTERVALS * intervalMs)).reverse()) {
    const weight = weightOf(burst);
    if (weight <= heaviest * OLDER_MUST_OUTWEIGH) continue;
    heaviest = weight;
    first = Math.min(...burst.map((anomaly) => anomaly.startedAt));
    last = Math.max(...burst.map((anomaly) => anomaly.lastSeenAt));
  }
  const from = first - stepMs;
  return { from, to: Math.min(Math.max(last, first) + stepMs, from + LENGTH_MAX_MS) };
}
