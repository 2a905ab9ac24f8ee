import type { Alert, Anomaly, AnomalyId, Incident, IncidentEvent, Severity, TimelineEntry } from '@heliosiq/model';

/** What is known of one member alert. */
export interface AlertState {
  readonly firing: boolean;
  /** Event time of the newest change of state counted; an older or equal one is a redelivery. */
  readonly lastAt: number;
  /** Event time of the newest firing counted: a record of a firing that began by then is a sighting of the same one. */
  readonly firedAt: number;
  /** Event time of the newest sighting while it fires. */
  readonly seenAt: number;
}

/**
 * One incident with its members at hand, while it may still change.
 * `incident` is the working copy; what differs from the store is in `entries`, `isTouched` and `eventKind` until saved.
 */
export interface IncidentCase {
  incident: Incident;
  readonly members: Map<AnomalyId, Anomaly>;
  readonly alerts: Map<string, AlertState>;
  /** Ids of the timeline entries that are stored or about to be. */
  readonly told: Set<string>;
  /** Entries not stored yet. */
  entries: TimelineEntry[];
  /** Event time at which the trouble that opened it began; what began long before is not of it. */
  coreFrom: number;
  /** Something to save. */
  isTouched: boolean;
  eventKind: IncidentEvent['kind'];
  /** `lastSeenAt` as stored. */
  savedLastSeenAt: number;
  /** `severity` as stored. */
  savedSeverity: Severity;
  /** When a person last reopened it; it does not resolve by itself before a quiet period from then. */
  heldAt: number;
}

/** A case around an incident that is stored, its members and timeline as read. */
export function caseOf(
  incident: Incident,
  anomalies: readonly Anomaly[],
  timeline: readonly TimelineEntry[],
): IncidentCase {
  const alerts = new Map<string, AlertState>();
  let heldAt = 0;
  for (const entry of timeline) {
    const alert = parseAlertEntryId(entry.id);
    if (alert !== undefined) alerts.set(alert.fingerprint, stateAfter(alerts.get(alert.fingerprint), alert, incident));
    if (entry.kind === 'incident-reopened' && entry.actor !== undefined) heldAt = Math.max(heldAt, entry.at);
  }
  const lastSeenAt = anomalies.reduce((latest, { lastSeenAt: at }) => Math.max(latest, at), incident.lastSeenAt);
  return {
    incident: incident.status === 'resolved' ? incident : { ...incident, lastSeenAt },
    members: new Map(anomalies.map((anomaly) => [anomaly.id, anomaly])),
    alerts,
    told: new Set(timeline.map(({ id }) => id)),
    entries: [],
    isTouched: false,
    eventKind: 'incident-updated',
    coreFrom: incident.startedAt,
    savedLastSeenAt: incident.lastSeenAt,
    savedSeverity: incident.severity,
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
  if (known !== undefined && known.lastAt >= at) return { ...known, firedAt };
  return { firing, lastAt: at, firedAt, seenAt: firing ? Math.max(at, lastSeenAt) : at };
}

/** Adds a timeline entry unless it was told before; says whether it was new. */
export function tell(target: IncidentCase, entry: TimelineEntry): boolean {
  if (target.told.has(entry.id)) return false;
  target.told.add(entry.id);
  target.entries.push(entry);
  target.isTouched = true;
  return true;
}

/** Id of the entry that tells of an alert's change of state; carries what a restart needs to know of it. */
export function alertEntryId(alert: Pick<Alert, 'status' | 'at' | 'fingerprint'>): string {
  return `alert-${alert.status}:${alert.at}:${alert.fingerprint}`;
}

function parseAlertEntryId(
  id: string,
): { readonly firing: boolean; readonly at: number; readonly fingerprint: string } | undefined {
  const match = /^alert-(firing|resolved):(-?\d+):(.*)$/s.exec(id);
  const [, status, at, fingerprint] = match ?? [];
  if (status === undefined || at === undefined || fingerprint === undefined) return undefined;
  return { firing: status === 'firing', at: Number(at), fingerprint };
}

/** What happened in the step to a revision, read from its lifecycle entries. */
export function eventKindOf(incident: Incident, told: ReadonlySet<string>): IncidentEvent['kind'] {
  for (const kind of ['incident-reopened', 'incident-resolved', 'incident-acknowledged', 'incident-opened'] as const) {
    if (told.has(lifecycleEntryId(kind, incident.revision))) return kind;
  }
  return 'incident-updated';
}

/** Id of a lifecycle entry: one per kind and revision. */
export function lifecycleEntryId(kind: IncidentEvent['kind'], revision: number): string {
  return `${kind}:${revision}`;
}
