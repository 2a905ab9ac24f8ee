import type { Incident, IncidentEvent, TenantId } from '@heliosiq/model';
import type { IncidentStep, IncidentStore } from '@heliosiq/ports';
import type { CaseBook, CorrelationContext } from './case-book.ts';
import { refreshImpact, tellSeverity } from './impact.ts';
import { type IncidentCase, lifecycleEntryId, tell } from './incident-case.ts';
import { linkToCause } from './symptom-link.ts';
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
      const saved = await saveCase(context.tenantId, target, { book, context, incidents: to.incidents });
      await to.announcer.announce(context.tenantId, saved);
      events.push(...saved);
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
  {
    book,
    context,
    incidents,
  }: { readonly book: CaseBook; readonly context: CorrelationContext; readonly incidents: IncidentStore },
): Promise<readonly IncidentEvent[]> {
  const before = target.incident;
  refreshImpact(target, context);
  if (before.revision === 0) {
    await linkToEarlier(target, { tenantId, incidents });
    linkToCause(book, target, context);
    tellOpened(target, context);
  } else tellSeverity(target, target.savedSeverity, context.now);
  const own = stepOf(target, context);
  const { incident } = own;
  const absorbed = target.absorbed.map((each) => stepOf(each, context));
  if (absorbed.length === 0) await incidents.save(tenantId, incident, own.entries, own.alerts);
  else {
    const alertsFrom = absorbed.map((step) => step.incident.id);
    await incidents.saveTogether(tenantId, [{ ...own, alertsFrom }, ...absorbed]);
  }
  const kind = target.eventKind;
  target.incident = incident;
  target.absorbed = [];
  target.changedAlerts.clear();
  target.entries = [];
  target.isTouched = false;
  target.eventKind = 'incident-updated';
  target.savedLastSeenAt = incident.lastSeenAt;
  target.savedSeverity = incident.severity;
  return [
    { kind, incident },
    ...absorbed.map((step) => ({ kind: 'incident-resolved' as const, incident: step.incident })),
  ];
}

/** The next revision of a case as it is now. */
function stepOf(target: IncidentCase, { now }: CorrelationContext): IncidentStep & { readonly incident: Incident } {
  const incident = { ...target.incident, revision: target.incident.revision + 1, updatedAt: now };
  return { incident, entries: target.entries, alerts: [...target.changedAlerts.values()] };
}

/** A new incident of trouble that was here before, too long ago to reopen that one, says so. */
async function linkToEarlier(
  target: IncidentCase,
  { tenantId, incidents }: { readonly tenantId: TenantId; readonly incidents: IncidentStore },
): Promise<void> {
  const { fingerprint, startedAt } = target.incident;
  const found = await incidents.find(tenantId, { fingerprint, statuses: ['resolved'], isMerged: false }, { limit: 5 });
  const earlier = found.find((candidate) => candidate.startedAt < startedAt);
  if (earlier === undefined) return;
  target.incident = { ...target.incident, recurrenceOf: earlier.id };
  tell(target, {
    id: `incident-linked:earlier:${earlier.id}`,
    at: target.incident.openedAt,
    kind: 'incident-linked',
    text: `The same trouble was here before: it was last seen ${new Date(earlier.lastSeenAt).toISOString()}.`,
    url: `/api/v1/incidents/${earlier.id}`,
  });
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
    ...(target.incident.severityReason === undefined ? {} : { reason: target.incident.severityReason }),
  });
}
