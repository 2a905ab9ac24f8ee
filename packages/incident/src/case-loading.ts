import {
  activeIncidentStatuses,
  type Incident,
  type IncidentAlert,
  type TenantId,
  type TopicName,
} from '@heliosiq/model';
import type { AnomalyStore, IncidentStore, TopologyStore } from '@heliosiq/ports';
import { type CaseBook, dropCase, emptyCaseBook, putCandidate, putCase } from './case-book.ts';
import { caseOf, type IncidentCase } from './incident-case.ts';
import type { IncidentSettings } from './incident-settings.ts';

/** Where a book comes from. */
export interface CaseSources {
  readonly incidents: IncidentStore;
  readonly anomalies: AnomalyStore;
  readonly topology: TopologyStore;
}

/** The topics that the stage reads. */
export const incidentTopics = ['anomalies', 'signals'] as const satisfies readonly TopicName[];

const pageMax = 1_000;
/** Member alerts of one incident that are known one by one after a start. */
const alertsHeldMax = 50_000;
const recentMs = 24 * 3_600_000;
const writersClockSkewMs = 10_000;

/**
 * Builds a tenant's book from the stores: incidents that are open or changed within a day of the wall clock `now`, and
 * as candidates the anomalies around event time `aroundAt` that belong to none of them.
 */
export async function loadCaseBook(
  tenantId: TenantId,
  sources: CaseSources,
  options: { readonly now: number; readonly aroundAt: number; readonly settings: IncidentSettings },
): Promise<CaseBook> {
  const [open, recent] = await Promise.all([
    sources.incidents.find(tenantId, { statuses: activeIncidentStatuses }, { limit: 1000 }),
    sources.incidents.find(tenantId, { updatedSince: options.now - recentMs }, { limit: 1000 }),
  ]);
  const book = emptyCaseBook();
  const incidents = new Map([...recent, ...open].map((incident) => [incident.id, incident]));
  for (const incident of incidents.values()) {
    if (incident.mergedInto === undefined) putCase(book, await loadCase(tenantId, sources, incident));
  }
  const from = options.aroundAt - 4 * options.settings.windowMsMax;
  const candidates = await sources.anomalies.find(
    tenantId,
    { range: { from, to: Number.MAX_SAFE_INTEGER } },
    { limit: 1000 },
  );
  for (const candidate of candidates.toReversed()) {
    if (!book.incidentOfAnomaly.has(candidate.id)) putCandidate(book, candidate, options.settings.candidatesMax);
  }
  return book;
}

/** Reads again what others, such as people at the desk, changed since `since` (wall clock); says whether there was anything. */
export async function refreshCaseBook(
  tenantId: TenantId,
  book: CaseBook,
  { sources, since }: { readonly sources: CaseSources; readonly since: number },
): Promise<boolean> {
  const updatedSince = since - writersClockSkewMs;
  // What this process wrote itself in the meantime it need not read again.
  const knownRevisions = new Map<Incident['id'], number>();
  for (const { incident } of book.cases.values())
    if (incident.updatedAt >= updatedSince) knownRevisions.set(incident.id, incident.revision);
  const changed = await sources.incidents.find(tenantId, { updatedSince, knownRevisions }, { limit: 1000 });
  const read: IncidentCase[] = [];
  let isChanged = false;
  for (const incident of changed) {
    const known = book.cases.get(incident.id);
    if (incident.mergedInto !== undefined) {
      if (known === undefined) continue;
    } else {
      read.push(await loadCase(tenantId, sources, incident));
    }
    isChanged = true;
    // Members may have gone to another incident: what pointed here points nowhere until it is put again.
    dropCase(book, incident.id);
  }
  for (const one of read) putCase(book, one);
  return isChanged;
}

async function loadCase(tenantId: TenantId, sources: CaseSources, incident: Incident): Promise<IncidentCase> {
  const [members, timeline, alerts] = await Promise.all([
    incident.anomalyIds.length === 0
      ? []
      : sources.anomalies.find(tenantId, { ids: incident.anomalyIds }, { limit: 1000 }),
    sources.incidents.timeline(tenantId, incident.id, { limit: 5000 }),
    loadAlerts(tenantId, sources, incident.id),
  ]);
  return caseOf(incident, members, timeline, alerts);
}

async function loadAlerts(
  tenantId: TenantId,
  { incidents }: CaseSources,
  id: Incident['id'],
): Promise<readonly IncidentAlert[]> {
  const alerts: IncidentAlert[] = [];
  for (let after: string | undefined; alerts.length < alertsHeldMax;) {
    const page = await incidents.alerts(tenantId, id, { limit: pageMax, ...(after === undefined ? {} : { after }) });
    alerts.push(...page);
    after = page.at(-1)?.fingerprint;
    if (page.length < pageMax) break;
  }
  return alerts;
}
