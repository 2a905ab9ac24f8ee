import type { Incident, TenantId, TopicName } from '@heliosiq/model';
import type { AnomalyStore, IncidentStore, TopologyStore } from '@heliosiq/ports';
import { type CaseBook, emptyCaseBook, putCandidate, putCase } from './case-book.ts';
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
    sources.incidents.find(tenantId, { statuses: ['open', 'acknowledged'] }, { limit: 1000 }),
    sources.incidents.find(tenantId, { updatedSince: options.now - recentMs }, { limit: 1000 }),
  ]);
  const book = emptyCaseBook();
  const incidents = new Map([...recent, ...open].map((incident) => [incident.id, incident]));
  for (const incident of incidents.values()) putCase(book, await loadCase(tenantId, sources, incident));
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

/** Reads again what others, such as people at the desk, changed since `since` (wall clock). */
export async function refreshCaseBook(
  tenantId: TenantId,
  book: CaseBook,
  { sources, since }: { readonly sources: CaseSources; readonly since: number },
): Promise<void> {
  const changed = await sources.incidents.find(tenantId, { updatedSince: since - writersClockSkewMs }, { limit: 1000 });
  for (const incident of changed) {
    if (book.cases.get(incident.id)?.incident.revision === incident.revision) continue;
    putCase(book, await loadCase(tenantId, sources, incident));
  }
}

async function loadCase(tenantId: TenantId, sources: CaseSources, incident: Incident): Promise<IncidentCase> {
  const [members, timeline] = await Promise.all([
    incident.anomalyIds.length === 0
      ? []
      : sources.anomalies.find(tenantId, { ids: incident.anomalyIds }, { limit: 1000 }),
    sources.incidents.timeline(tenantId, incident.id, { limit: 5000 }),
  ]);
  return caseOf(incident, members, timeline);
}
