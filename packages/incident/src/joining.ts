import type { Alert, Anomaly, IncidentEvent, TimelineEntry } from '@heliosiq/model';
import type { CaseBook, CorrelationContext } from './case-book.ts';
import {
  barsFor,
  gapMs,
  goesOnUntil,
  isStronglySimultaneous,
  nearestHops,
  onsetOf,
  windowMsOf,
  type Stretch,
} from './closeness.ts';
import { anomalyWeight } from './evidence.ts';
import { alertEntryId, type IncidentCase, lifecycleEntryId, tell } from './incident-case.ts';
import type { IncidentSettings } from './incident-settings.ts';
import { reopened } from './lifecycle.ts';

const memberIdsMax = 1_000;
const assetsMax = 200;

/** A new, empty case; its first members give it title, severity and times. */
export function openCase(book: CaseBook, context: CorrelationContext): IncidentCase {
  const opened: IncidentCase = {
    incident: {
      id: context.newId(),
      tenantId: context.tenantId,
      // 0: nothing is stored yet; the first save makes it 1.
      revision: 0,
      title: '',
      status: 'open',
      severity: 'low',
      fingerprint: '',
      startedAt: Number.MAX_SAFE_INTEGER,
      openedAt: context.now,
      updatedAt: context.now,
      lastSeenAt: Number.MIN_SAFE_INTEGER,
      reopenedCount: 0,
      assets: [],
      anomalyIds: [],
      alertFingerprints: [],
      occurrences: 0,
    },
    members: new Map(),
    alerts: new Map(),
    told: new Set(),
    entries: [],
    isTouched: true,
    eventKind: 'incident-opened',
    coreFrom: Number.MAX_SAFE_INTEGER,
    savedLastSeenAt: 0,
    savedSeverity: 'low',
    heldAt: 0,
  };
  book.cases.set(opened.incident.id, opened);
  return opened;
}

/** Makes an anomaly a member. */
export function joinAnomaly(book: CaseBook, target: IncidentCase, anomaly: Anomaly): void {
  target.members.set(anomaly.id, anomaly);
  book.incidentOfAnomaly.set(anomaly.id, target.incident.id);
  book.candidates.delete(anomaly.id);
  const { incident } = target;
  const isNew = tell(target, {
    id: `anomaly-joined:${anomaly.id}`,
    at: anomaly.startedAt,
    kind: 'anomaly-joined',
    text: anomaly.explanation,
    url: `/api/v1/anomalies/${anomaly.id}`,
  });
  if (!isNew) return;
  target.incident = {
    ...incident,
    occurrences: incident.occurrences + 1,
    startedAt: Math.min(incident.startedAt, onsetOf(anomaly).from),
    lastSeenAt: Math.max(incident.lastSeenAt, anomaly.lastSeenAt),
    assets: withinMax(incident.assets, anomaly.series.asset, assetsMax),
    anomalyIds: withinMax(incident.anomalyIds, anomaly.id, memberIdsMax),
  };
  if (anomaly.status === 'closed') tellClosed(target, anomaly);
}

/** Tells that a member is over. */
export function tellClosed(target: IncidentCase, anomaly: Anomaly): void {
  tell(target, {
    id: `anomaly-closed:${anomaly.id}:${anomaly.endedAt ?? anomaly.lastSeenAt}`,
    at: anomaly.endedAt ?? anomaly.lastSeenAt,
    kind: 'anomaly-closed',
    text: `${anomaly.series.asset} ${anomaly.series.metric} is back in its usual range.`,
    url: `/api/v1/anomalies/${anomaly.id}`,
  });
}

/** Makes an alert a member, or counts one more firing of a member. */
export function joinAlert(book: CaseBook, target: IncidentCase, alert: Alert): void {
  const { incident } = target;
  const isKnown = target.alerts.has(alert.fingerprint) || incident.alertFingerprints.includes(alert.fingerprint);
  target.alerts.set(alert.fingerprint, { firing: true, lastAt: alert.at, firedAt: alert.at, seenAt: alert.at });
  book.incidentOfAlert.set(alert.fingerprint, incident.id);
  target.incident = {
    ...incident,
    occurrences: incident.occurrences + 1,
    startedAt: Math.min(incident.startedAt, alert.at),
    lastSeenAt: Math.max(incident.lastSeenAt, alert.at),
    assets: withinMax(incident.assets, alert.asset, assetsMax),
    alertFingerprints: withinMax(incident.alertFingerprints, alert.fingerprint, memberIdsMax),
  };
  target.isTouched = true;
  const entry = {
    id: alertEntryId(alert),
    at: alert.at,
    kind: 'alert-joined' as const,
    text: `${isKnown ? 'Alert fired again' : 'Alert fires'} on ${alert.asset} (${alert.severity}): ${alert.title}`,
  };
  // Repeats that are stored together become one line, so that a storm of re-fires leaves a readable story.
  const isRepeat = ({ id, text }: TimelineEntry): boolean =>
    id.startsWith('alert-firing:') && id.endsWith(`:${alert.fingerprint}`) && text.startsWith('Alert fired again');
  const pending = isKnown ? target.entries.findIndex(isRepeat) : -1;
  if (pending >= 0) {
    target.entries[pending] = entry;
    target.told.add(entry.id);
  } else {
    tell(target, entry);
  }
}

/** Brings a resolved incident back because its trouble is back. */
export function reopenCase(target: IncidentCase, context: CorrelationContext): void {
  const { incident } = target;
  const step = reopened(incident, { actor: 'recurrence', at: context.now });
  changeStatus(target, { ...step.incident, revision: incident.revision }, 'incident-reopened');
  tell(target, {
    id: lifecycleEntryId('incident-reopened', incident.revision + 1),
    at: context.now,
    kind: 'incident-reopened',
    text: 'Reopened: the same trouble is back.',
  });
}

/** Sets a status that the next save will store and announce. */
export function changeStatus(
  target: IncidentCase,
  incident: IncidentCase['incident'],
  kind: IncidentEvent['kind'],
): void {
  target.incident = incident;
  target.eventKind = kind;
  target.isTouched = true;
}

/**
 * How near an anomaly is to a case, in hops; undefined when it is too far in time or topology, or too weak to join.
 * A direct neighbour needs less weight: a caller that is only a little slower is the symptom people see.
 */
export function nearness(target: IncidentCase, anomaly: Anomaly, context: CorrelationContext): number | undefined {
  const { neighbourhood, settings } = context;
  const bars = barsFor(anomaly.series.asset, neighbourhood);
  const weight = anomalyWeight(anomaly);
  if (weight < bars.join / 2) return undefined;
  if (gapMs(onsetOf(anomaly), stretchOfCase(target, settings)) > windowMsOf(anomaly, settings)) return undefined;
  const hops = nearestHops(anomaly.series.asset, target.incident.assets, neighbourhood);
  if (hops !== undefined) return weight >= bars.join || hops <= 1 ? hops : undefined;
  for (const member of target.members.values()) {
    if (isStronglySimultaneous(anomaly, member, context)) return settings.hopsMax;
  }
  return undefined;
}

/**
 * From the first sign of trouble to the last, or to where it is taken to go on. Told in event time by each member for
 * itself, so that the order in which members are seen, and an end that is not told yet, make no difference.
 */
export function stretchOfCase(
  { incident, members, alerts, coreFrom }: IncidentCase,
  settings: IncidentSettings,
): Stretch {
  let to = incident.lastSeenAt;
  for (const member of members.values()) to = Math.max(to, goesOnUntil(member, settings));
  for (const { firing, seenAt } of alerts.values()) if (firing) to = Math.max(to, seenAt + settings.ongoingMs);
  return { from: coreFrom, to };
}

/** Takes in every candidate that is near and strong enough, until none is left. */
export function sweepCandidates(book: CaseBook, target: IncidentCase, context: CorrelationContext): void {
  let joined = true;
  while (joined) {
    joined = false;
    for (const candidate of [...book.candidates.values()]) {
      if (nearness(target, candidate, context) === undefined) continue;
      joinAnomaly(book, target, candidate);
      joined = true;
    }
  }
}

function withinMax<Item>(items: readonly Item[], item: Item, max: number): Item[] {
  return items.includes(item) || items.length >= max ? [...items] : [...items, item];
}
