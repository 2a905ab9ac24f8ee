import type { IncidentEvent, TenantId } from '@heliosiq/model';
import type { IncidentStore } from '@heliosiq/ports';
import type { CaseBook, CorrelationContext } from './case-book.ts';
import { refreshImpact, tellSeverity } from './impact.ts';
import { type IncidentCase, lifecycleEntryId, tell } from './incident-case.ts';
import type { IncidentAnnouncer } from './incident-announcer.ts';

/** A later sighting alone is worth a revision only when it moves `lastSeenAt` by this much. */
const lastSeenStepMs = 5 * 60_000;

/** Cases of a storm that are stored at a time. */
const savedAtOnce = 4;

/**
 * Stores every case that changed as its next revision, one transaction each, and announces each once it is stored.
 * Rejects with `conflict` when another writer was first: the book is then stale and must be loaded again.
 */
export async function saveCases(
  book: CaseBook,
  context: CorrelationContext,
  to: { readonly incidents: IncidentStore; readonly announcer: IncidentAnnouncer },
): Promise<readonly IncidentEvent[]> {
  const events: IncidentEvent[] = [];
  const waiting = book.cases.values().filter(isWorthSaving);

  async function saveWaiting(): Promise<void> {
    for (const target of waiting) {
      const event = await saveCase(context.tenantId, target, { context, incidents: to.incidents });
      await to.announcer.announce(context.tenantId, [event]);
      events.push(event);
    }
  }

  // All of them end before a fault is told: what is stored must be announced, and nothing may go on behind a reload.
  const outcomes = await Promise.allSettled(Array.from({ length: savedAtOnce }, saveWaiting));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
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
