import { type Alert, type Anomaly, type IncidentEvent, type TimelineEntry, worseSeverity } from '@heliosiq/model';
import { type Belonging, nearestAsset } from './belonging.ts';
import type { CaseBook, CorrelationContext } from './case-book.ts';
import { barsFor, gapMs, goesOnUntil, isStronglySimultaneous, onsetOf, windowMsOf, type Stretch } from './closeness.ts';
import { correctionWords, keysOfAnomaly } from './corrections.ts';
import { anomalyWeight } from './evidence.ts';
import { alertEntryId, type AlertState, type IncidentCase, lifecycleEntryId, tell, wordsMax } from './incident-case.ts';
import type { IncidentSettings } from './incident-settings.ts';
import { reopened } from './lifecycle.ts';
import { addTraits, likenessMin, likenessOf, wordsOf } from './likeness.ts';
import { createMemberAlerts } from './member-alerts.ts';

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
    alerts: createMemberAlerts(),
    named: new Set(),
    firedAgain: new Map(),
    told: new Set(),
    entries: [],
    isGrown: true,
    isTouched: true,
    eventKind: 'incident-opened',
    coreFrom: Number.MAX_SAFE_INTEGER,
    savedLastSeenAt: 0,
    savedSeverity: 'low',
    changedAlerts: new Map(),
    claimedSeverity: 'info',
    traits: new Set(),
    words: new Set(),
    absorbed: [],
    heldAt: 0,
  };
  book.cases.set(opened.incident.id, opened);
  return opened;
}

/** Makes an anomaly a member, for a reason unless it is among the first. */
export function joinAnomaly(
  book: CaseBook,
  target: IncidentCase,
  { anomaly, reason }: { readonly anomaly: Anomaly; readonly reason?: string | undefined },
): void {
  target.members.set(anomaly.id, anomaly);
  book.incidentOfAnomaly.set(anomaly.id, target.incident.id);
  book.candidates.delete(anomaly.id);
  const { incident } = target;
  const isNew = tell(target, {
    id: `anomaly-joined:${anomaly.id}`,
    at: anomaly.startedAt,
    kind: 'anomaly-joined',
    text: anomaly.explanation,
    ...(reason === undefined ? {} : { reason }),
    url: `/api/v1/anomalies/${anomaly.id}`,
  });
  if (!isNew) return;
  addTraits(target.traits, anomaly.series.labels);
  target.isGrown = true;
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
    text:
      anomaly.detector === 'silence'
        ? `${anomaly.series.asset} sends again.`
        : `${anomaly.series.asset} ${anomaly.series.metric} is back in its usual range.`,
    url: `/api/v1/anomalies/${anomaly.id}`,
  });
}

/** Makes an alert a member, for a reason unless it is the first, or counts one more firing of a member. */
export function joinAlert(
  book: CaseBook,
  target: IncidentCase,
  { alert, reason }: { readonly alert: Alert; readonly reason?: string | undefined },
): void {
  const { incident } = target;
  const known = target.alerts.get(alert.fingerprint);
  const isKnown = known !== undefined || target.named.has(alert.fingerprint);
  putAlert(target, alert, {
    firing: true,
    lastAt: alert.at,
    firedAt: alert.at,
    seenAt: alert.at,
    firstAt: known?.firstAt ?? alert.at,
    occurrences: (known?.occurrences ?? 0) + 1,
    reason,
  });
  addTraits(target.traits, alert.labels);
  if (!isKnown && target.words.size < wordsMax) target.words.add(wordsOf(alert));
  if (!isKnown) target.isGrown = true;
  const isNamed = isKnown || target.named.size >= memberIdsMax;
  if (!isNamed) target.named.add(alert.fingerprint);
  target.claimedSeverity = worseSeverity(target.claimedSeverity, alert.severity);
  book.incidentOfAlert.set(alert.fingerprint, incident.id);
  target.incident = {
    ...incident,
    occurrences: incident.occurrences + 1,
    startedAt: Math.min(incident.startedAt, alert.at),
    lastSeenAt: Math.max(incident.lastSeenAt, alert.at),
    assets: withinMax(incident.assets, alert.asset, assetsMax),
    alertFingerprints: isNamed ? incident.alertFingerprints : [...incident.alertFingerprints, alert.fingerprint],
  };
  target.isTouched = true;
  const entry: TimelineEntry = {
    id: alertEntryId(alert),
    at: alert.at,
    kind: 'alert-joined',
    text: `${isKnown ? 'Alert fired again' : 'Alert fires'} on ${alert.asset} (${alert.severity}): ${alert.title}`,
    ...(reason === undefined ? {} : { reason }),
  };
  // Repeats that are stored together become one line, so that a storm of re-fires leaves a readable story.
  const pending = target.firedAgain.get(alert.fingerprint);
  if (pending !== undefined) target.entries[pending] = entry;
  else if (tell(target, entry) && isKnown) target.firedAgain.set(alert.fingerprint, target.entries.length - 1);
}

/** Sets what is known of a member alert, to be stored with the next revision. */
export function putAlert(
  target: IncidentCase,
  alert: Alert,
  { reason, ...state }: AlertState & { readonly reason?: string | undefined },
): void {
  const { fingerprint, asset, title, severity } = alert;
  target.alerts.set(fingerprint, state);
  const because = reason ?? target.changedAlerts.get(fingerprint)?.reason;
  target.changedAlerts.set(fingerprint, {
    ...{ fingerprint, asset, title, severity, ...state },
    rule: alert.labels['alertname'] ?? title,
    ...(because === undefined ? {} : { reason: because }),
  });
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
 * How near an anomaly is to a case, and why; undefined when it is too far in time or topology, or too weak to join.
 * A direct neighbour needs less weight: a caller that is only a little slower is the symptom people see. What a person
 * said of the two decides, where the time fits.
 */
export function nearness(target: IncidentCase, anomaly: Anomaly, context: CorrelationContext): Belonging | undefined {
  const { neighbourhood, settings, corrections } = context;
  const bars = barsFor(anomaly.series.asset, neighbourhood);
  const weight = anomalyWeight(anomaly);
  if (weight < bars.join / 2) return undefined;
  if (gapMs(onsetOf(anomaly), stretchOfCase(target, settings)) > windowMsOf(anomaly, settings)) return undefined;
  const said = corrections.between(keysOfAnomaly(anomaly), target);
  if (said !== undefined) return said.kind === 'apart' ? undefined : { hops: 1, reason: correctionWords(said) };
  const { asset, labels } = anomaly.series;
  const near = nearestAsset(asset, target.incident.assets, neighbourhood);
  if (near !== undefined) return weight >= bars.join || near.hops <= 1 ? near : undefined;
  for (const member of target.members.values()) {
    if (isStronglySimultaneous(anomaly, member, context)) {
      return { hops: settings.hopsMax, reason: `it began together with ${member.series.asset}` };
    }
  }
  if (weight < bars.join || neighbourhood.isLinked(asset)) return undefined;
  const { points, reasons } = likenessOf(
    { asset, labels },
    { assets: target.incident.assets, traits: target.traits, words: target.words },
  );
  return points >= likenessMin.unknown ? { hops: settings.hopsMax, reason: reasons.join(', ') } : undefined;
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
  to = Math.max(to, alerts.firingSeenAt + settings.ongoingMs);
  return { from: coreFrom, to };
}

/** Takes in every candidate that is near and strong enough, until none is left. */
export function sweepCandidates(book: CaseBook, target: IncidentCase, context: CorrelationContext): void {
  let joined = true;
  while (joined) {
    joined = false;
    for (const candidate of [...book.candidates.values()]) {
      const near = nearness(target, candidate, context);
      if (near === undefined) continue;
      joinAnomaly(book, target, { anomaly: candidate, reason: near.reason });
      joined = true;
    }
  }
}

function withinMax<Item>(items: Item[], item: Item, max: number): Item[] {
  return items.length >= max || items.includes(item) ? items : [...items, item];
}
