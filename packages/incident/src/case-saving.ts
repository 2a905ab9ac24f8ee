import type { IncidentEvent, TenantId } from '@heliosiq/model';
import type { IncidentStore } from '@heliosiq/ports';
import type { CaseBook, CorrelationContext } from './case-book.ts';
import { refreshImpact, tellSeverity } from './impact.ts';
import { type IncidentCase, lifecycleEntryId, tell } from './incident-case.ts';
import type { IncidentAnnouncer } from './incident-announcer.ts';

/** A later sighting alone is worth a revision only when it moves `lastSeenAt` by this much. */
const lastSeenStepMs = 5 * 60_000;

/**
 * Stores every case that changed as its next revision, one transaction each, then announces them. Rejects with
 * `conflict` when another writer was first: the book is then stale and must be loaded again.
 */
export async function saveCases(
  book: CaseBook,
  context: CorrelationContext,
  to: { readonly incidents: IncidentStore; readonly announcer: IncidentAnnouncer },
): Promise<readonly IncidentEvent[]> {
  const events: IncidentEvent[] = [];
  for (const target of book.cases.values()) {
    if (!isWorthSaving(target)) continue;
    const event = await saveCase(context.tenantId, target, { context, incidents: to.incidents });
    await to.announcer.announce(context.tenantId, [event]);
    events.push(event);
  }
  return events;
}

async function saveCase(
  tenantId: TenantId,
  target: IncidentCase,
  { context, incidents }: { readonly context: CorrelationContext; readonly incidents: IncidentStore },
): Promise<IncidentEvent> {
  const before = target.incident;
  refreshImpact(target, context);
  if (before.revision === 0) tellOpened(target, context);
  else tellSeverity(target, target.savedSeverity, context.now);
  const incident = { ...target.incident, revision: before.revision + 1, updatedAt: context.now };
  await incidents.save(tenantId, incident, target.entries);
  const kind = target.eventKind;
  target.incident = incident;
  target.entries = [];
  target.isTouched = false;
  target.eventKind = 'incident-updated';
  target.savedLastSeenAt = incident.lastSeenAt;
  target.savedSeverity = incident.severity;
  return { kind, incident };
}

function isWorthSaving({ isTouched, incident, savedLastSeenAt }: IncidentCase): boolean {
  return isTouched || incident.lastSeenAt - savedLastSeenAt >= lastSeenStepMs;
}

function tellOpened(target: IncidentCase, context: CorrelationContext): void {
  tell(target, {
    id: lifecycleEntryId('incident-opened', 1),
    at: context.now,
    kind: 'incident-opened',
    text: `Opened as ${target.incident.severity}: ${target.incident.title}`,
  });
}
