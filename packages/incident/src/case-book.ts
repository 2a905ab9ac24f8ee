import type { Anomaly, AnomalyId, IncidentId, TenantId } from '@heliosiq/model';
import type { IncidentCase } from './incident-case.ts';
import type { IncidentSettings } from './incident-settings.ts';
import type { Corrections } from './corrections.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** What correlation remembers of one tenant: bounded by what is open or was of late, and by `candidatesMax`. */
export interface CaseBook {
  /** Open, acknowledged and lately resolved incidents. */
  readonly cases: Map<IncidentId, IncidentCase>;
  /** Anomalies that belong to no incident, the longest untouched first. */
  readonly candidates: Map<AnomalyId, Anomaly>;
  readonly incidentOfAnomaly: Map<AnomalyId, IncidentId>;
  /** The newest incident of each alert fingerprint. */
  readonly incidentOfAlert: Map<string, IncidentId>;
}

/** What the rules need besides the book. `now` is the wall clock, milliseconds since the epoch. */
export interface CorrelationContext {
  readonly tenantId: TenantId;
  readonly settings: IncidentSettings;
  readonly neighbourhood: Neighbourhood;
  readonly corrections: Corrections;
  readonly now: number;
  readonly newId: () => IncidentId;
}

export function emptyCaseBook(): CaseBook {
  return { cases: new Map(), candidates: new Map(), incidentOfAnomaly: new Map(), incidentOfAlert: new Map() };
}

/** Adds a case or replaces it by a newer reading of it. */
export function putCase(book: CaseBook, added: IncidentCase): void {
  const { id } = added.incident;
  book.cases.set(id, added);
  for (const anomalyId of added.members.keys()) {
    book.incidentOfAnomaly.set(anomalyId, id);
    book.candidates.delete(anomalyId);
  }
  for (const anomalyId of added.incident.anomalyIds) book.incidentOfAnomaly.set(anomalyId, id);
  for (const fingerprint of [...added.named, ...added.alerts.fingerprints()]) {
    const other = book.cases.get(book.incidentOfAlert.get(fingerprint) ?? id);
    const isOurs = other === undefined || !hasAlert(other, fingerprint);
    if (isOurs || other.incident.openedAt <= added.incident.openedAt) book.incidentOfAlert.set(fingerprint, id);
  }
}

function hasAlert({ alerts, named }: IncidentCase, fingerprint: string): boolean {
  return alerts.has(fingerprint) || named.has(fingerprint);
}

/** Forgets a case and what points to it. */
export function dropCase(book: CaseBook, id: IncidentId): void {
  book.cases.delete(id);
  for (const index of [book.incidentOfAnomaly, book.incidentOfAlert] as const) {
    for (const [key, incidentId] of index as Map<string, IncidentId>) {
      if (incidentId === id) (index as Map<string, IncidentId>).delete(key);
    }
  }
}

/** Remembers an anomaly that belongs to no incident yet; the longest untouched ones expire silently. */
export function putCandidate(book: CaseBook, anomaly: Anomaly, candidatesMax: number): void {
  book.candidates.delete(anomaly.id);
  book.candidates.set(anomaly.id, anomaly);
  for (const oldest of book.candidates.keys()) {
    if (book.candidates.size <= candidatesMax) break;
    book.candidates.delete(oldest);
  }
}

/** Cases that are not over. */
export function activeCases(book: CaseBook): readonly IncidentCase[] {
  return [...book.cases.values()].filter(({ incident }) => incident.status !== 'resolved');
}
