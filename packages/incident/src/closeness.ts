import type { Anomaly, AssetId } from '@heliosiq/model';
import { type EvidenceBars, evidenceBars, pooledWeight } from './evidence.ts';
import type { IncidentSettings } from './incident-settings.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { stepMsOf } from './series-step.ts';

/** How much evidence trouble around an asset takes. */
export function barsFor(asset: AssetId, neighbourhood: Neighbourhood): EvidenceBars {
  return evidenceBars({ system: neighbourhood.systemSize(asset), tenant: neighbourhood.size });
}

/** A stretch of event time, both ends inclusive, milliseconds since the epoch. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The stretch in which an anomaly was seen. */
export function stretchOf(anomaly: Anomaly): Stretch {
  return { from: anomaly.startedAt, to: anomaly.lastSeenAt };
}

const smoulderMs = 15 * 60_000;

/**
 * The moment at which an anomaly began to matter: its start, or a quarter of an hour before its peak when it smouldered
 * for longer. What began long before a trouble is not of it, even if it still lasts.
 */
export function onsetOf({ startedAt, peakAt }: Anomaly): Stretch {
  const at = Math.max(startedAt, peakAt - smoulderMs);
  return { from: at, to: at };
}

/** Steps of its series that an open anomaly is taken to go on after its last sighting. */
const goesOnSteps = 2.5;

/** Event time until which an anomaly may draw in others: its last sighting, or a few steps more while it is open. */
export function goesOnUntil(anomaly: Anomaly, settings: IncidentSettings): number {
  if (anomaly.status === 'closed') return anomaly.lastSeenAt;
  return anomaly.lastSeenAt + Math.min(goesOnSteps * (stepMsOf(anomaly) ?? 0), settings.ongoingMs);
}

/** Time between two stretches; 0 when they overlap. */
export function gapMs(a: Stretch, b: Stretch): number {
  return Math.max(0, a.from - b.to, b.from - a.to);
}

/** How far in time an anomaly may lie from its incident: the window, or 2.5 steps of a slow series. */
export function windowMsOf(anomaly: Anomaly, settings: IncidentSettings): number {
  const stepMs = stepMsOf(anomaly) ?? 0;
  return Math.min(Math.max(settings.windowMs, 2.5 * stepMs), Math.max(settings.windowMs, settings.windowMsMax));
}

/**
 * With no edge known of either asset, only strong simultaneity links them: equal onsets, give or take
 * `simultaneousMs`, of two anomalies each of which would open an incident of its own.
 */
export function isStronglySimultaneous(
  a: Anomaly,
  b: Anomaly,
  context: { readonly neighbourhood: Neighbourhood; readonly settings: IncidentSettings },
): boolean {
  const { neighbourhood, settings } = context;
  const isStrong = (anomaly: Anomaly): boolean => {
    const bars = barsFor(anomaly.series.asset, neighbourhood);
    return pooledWeight([anomaly], bars.floor) >= bars.open;
  };
  return (
    !neighbourhood.isLinked(a.series.asset) &&
    !neighbourhood.isLinked(b.series.asset) &&
    Math.abs(a.startedAt - b.startedAt) <= settings.simultaneousMs &&
    isStrong(a) &&
    isStrong(b)
  );
}
