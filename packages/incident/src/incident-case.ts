import {
  type Alert,
  type Anomaly,
  type AnomalyId,
  type Incident,
  type IncidentAlert,
  type IncidentEvent,
  type Severity,
  type TimelineEntry,
  worseSeverity,
} from '@heliosiq/model';
import { traitsMax, wordsOf } from './likeness.ts';
import { createMemberAlerts } from './member-alerts.ts';
import type { MemberAlerts } from './member-alerts.ts';

/** Texts of alerts that one case remembers. */
export const wordsMax = 16;

/** What is known of one member alert. */
export interface AlertState {
  readonly firing: boolean;
  /** Event time of the newest change of state counted; an older or equal one is a redelivery. */
  readonly lastAt: number;
  /** Event time of the newest firing counted: a record of a firing that began by then is a sighting of the same one. */
  readonly firedAt: number;
  /** Event time of the newest sighting while it fires. */
  readonly seenAt: number;
  /** Event time of its first firing, and how many there were. */
  readonly firstAt: number;
  readonly occurrences: number;
}

/**
 * One incident with its members at hand, while it may still change.
 * `incident` is the working copy; what differs from the store is in `entries`, `isTouched` and `eventKind` until saved.
 */
export interface IncidentCase {
  incident: Incident;
  readonly members: Map<AnomalyId, Anomaly>;
  readonly alerts: MemberAlerts;
  /** The fingerprints that the incident names. */
  named: Set<string>;
  /** Where among `entries` an alert's line of having fired again stands, by fingerprint. */
  firedAgain: Map<string, number>;
  /** Ids of the timeline entries that are stored or about to be, without those of alerts: their states tell what is new. */
  readonly told: Set<string>;
  /** Entries not stored yet. */
  entries: TimelineEntry[];
  /** Event time at which the trouble that opened it began; what began long before is not of it. */
  coreFrom: number;
  /** It has members, labels or a map of assets that it was not compared with the others by. */
  isGrown: boolean;
  /** Something to save. */
  isTouched: boolean;
  eventKind: IncidentEvent['kind'];
  /** `lastSeenAt` as stored. */
  savedLastSeenAt: number;
  /** `severity` as stored. */
  savedSeverity: Severity;
  /** Member alerts that are not stored as they are now. */
  changedAlerts: Map<string, IncidentAlert>;
  /** The worst that senders of its alerts say of it. */
  claimedSeverity: Severity;
  /** Labels of members as `name=value`, at most 64. */
  readonly traits: Set<string>;
  /** What its alerts say, without names and numbers, at most 16 texts. */
  readonly words: Set<string>;
  /** Cases that turned out to be one with it, stored with its next revision. */
  absorbed: IncidentCase[];
  /** When a person last reopened it; it does not resolve by itself before a quiet period from then. */
  heldAt: number;
}

/** A case around an incident that is stored, its members and timeline as read. */
export function caseOf(
  incident: Incident,
  anomalies: readonly Anomaly[],
  timeline: readonly TimelineEntry[],
  storedAlerts: readonly IncidentAlert[] = [],
): IncidentCase {
  const alerts = createMemberAlerts();
  const words = new Set<string>();
  let claimedSeverity: Severity = 'info';
  for (const alert of storedAlerts) {
    const { firing, lastAt, firedAt, seenAt, firstAt, occurrences } = alert;
    // Sightings are stored with the next change only: the incident's last one stands for them.
    const lastSeenAt = firing ? Math.max(seenAt, incident.lastSeenAt) : seenAt;
    alerts.set(alert.fingerprint, { firing, lastAt, firedAt, seenAt: lastSeenAt, firstAt, occurrences });
    claimedSeverity = worseSeverity(claimedSeverity, alert.severity);
    if (words.size < wordsMax) words.add(wordsOf(alert));
  }
  let heldAt = 0;
  const named = new Set(incident.alertFingerprints);
  for (const entry of timeline) {
    const alert = parseAlertEntryId(entry.id);
    // Incidents of earlier versions have their alerts in the story alone.
    if (alert !== undefined && storedAlerts.length === 0 && named.has(alert.fingerprint))
      alerts.set(alert.fingerprint, stateAfter(alerts.get(alert.fingerprint), alert, incident));
    if (entry.kind === 'incident-reopened' && entry.actor !== undefined) heldAt = Math.max(heldAt, entry.at);
  }
  const lastSeenAt = anomalies.reduce((latest, { lastSeenAt: at }) => Math.max(latest, at), incident.lastSeenAt);
  return {
    incident: incident.status === 'resolved' ? incident : { ...incident, lastSeenAt },
    members: new Map(anomalies.map((anomaly) => [anomaly.id, anomaly])),
    alerts,
    named,
    firedAgain: new Map(),
    told: new Set(timeline.filter((entry) => !isOfAlert(entry)).map(({ id }) => id)),
    entries: [],
    isGrown: true,
    isTouched: false,
    eventKind: 'incident-updated',
    coreFrom: incident.startedAt,
    savedLastSeenAt: incident.lastSeenAt,
    savedSeverity: incident.severity,
    changedAlerts: new Map(),
    claimedSeverity: storedAlerts.length === 0 ? incident.severity : claimedSeverity,
    traits: new Set(incident.traits?.slice(0, traitsMax)),
    words,
    absorbed: [],
    heldAt,
  };
}

/** The state of an alert with one more line of the story read, in any order. Sightings leave no line: the incident's last one stands for them. */
function stateAfter(
  known: AlertState | undefined,
  { firing, at }: { readonly firing: boolean; readonly at: number },
  { lastSeenAt }: Incident,
): AlertState {
  const firedAt = Math.max(known?.firedAt ?? -Infinity, firing ? at : -Infinity);
  const firstAt = Math.min(known?.firstAt ?? at, at);
  const occurrences = Math.max(1, (known?.occurrences ?? 0) + (firing ? 1 : 0));
  if (known !== undefined && known.lastAt >= at) return { ...known, firedAt, firstAt, occurrences };
  return { firing, lastAt: at, firedAt, seenAt: firing ? Math.max(at, lastSeenAt) : at, firstAt, occurrences };
}

/** Adds a timeline entry unless it was told before; says whether it was new. */
export function tell(target: IncidentCase, entry: TimelineEntry): boolean {
  if (target.told.has(entry.id)) return false;
  if (!isOfAlert(entry)) target.told.add(entry.id);
  target.entries.push(entry);
  target.isTouched = true;
  return true;
}

function isOfAlert({ kind }: TimelineEntry): boolean {
  return kind === 'alert-joined' || kind === 'alert-resolved';
}

/** Id of the entry that tells of an alert's change of state; carries what a restart needs to know of it. */
export function alertEntryId(alert: Pick<Alert, 'status' | 'at' | 'fingerprint'>): string {
  return `alert-${alert.status}:${alert.at}:${alert.fingerprint}`;
}

/** What the id of such an entry carries; undefined for the id of another one. */
export function parseAlertEntryId(
  id: string,
): { readonly firing: boolean; readonly at: number; readonly fingerprint: string } | undefined {
  const match = /^alert-(firing|resolved):(-?\d+):(.*)$/s.exec(id);
  const [, status, at, fingerprint] = match ?? [];
  if (status === undefined || at === undefined || fingerprint === undefined) return undefined;
  return { firing: status === 'firing', at: Number(at), fingerprint };
}

/** What happened in the step to a revision, read from its lifecycle entries. */
export function eventKindOf(incident: Incident, told: ReadonlySet<string>): IncidentEvent['kind'] {
  for (const kind of [
    'incident-reopened',
    'incident-resolved',
    'incident-mitigated',
    'incident-acknowledged',
    'incident-opened',
  ] as const) {
    if (told.has(lifecycleEntryId(kind, incident.revision))) return kind;
  }
  return 'incident-updated';
}

/** Id of a lifecycle entry: one per kind and revision. */
export function lifecycleEntryId(kind: IncidentEvent['kind'], revision: number): string {
  return `${kind}:${revision}`;
}
