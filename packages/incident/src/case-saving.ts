import type { IncidentEvent, TenantId } from '@heliosiq/model';
import type { IncidentStep, IncidentStore } from '@heliosiq/ports';
import type { CaseBook, CorrelationContext } from './case-book.ts';
import { refreshImpact, tellSeverity } from './impact.ts';
import { type IncidentCase, lifecycleEntryId, tell } from './incident-case.ts';
import { linkToCause } from './symptom-link.ts';
import { type IncidentAnnouncer, isNews } from './incident-announcer.ts';
import { takeStory } from './short-story.ts';

/** A later sighting alone is worth a revision only when it moves `lastSeenAt` by this much. */
const lastSeenStepMs = 5 * 60_000;

/** Steps of one transaction at most; a case and those it absorbed are never parted. */
const stepsAtOnce = 100;

/** Revisions that are made and not stored yet, in the order in which they were made. */
export interface UnsavedCases {
  /**
   * Makes the next revision of every case that took a turn: opened, resolved, reopened, took in another. May store what waits
   * already: rejects with `conflict` when another writer was first, and the book is then stale and must be loaded again.
   */
  addTurns(book: CaseBook, context: CorrelationContext): Promise<void>;
  /**
   * Makes one revision of all that changed besides, stores what waits in as few transactions as can be, and announces it once it
   * is stored; rejects as `addTurns` does.
   */
  save(book: CaseBook, context: CorrelationContext): Promise<void>;
  /** What was stored so far. */
  readonly saved: readonly IncidentEvent[];
}

export function createUnsavedCases(
  tenantId: TenantId,
  to: { readonly incidents: IncidentStore; readonly announcer: IncidentAnnouncer },
): UnsavedCases {
  const saved: IncidentEvent[] = [];
  let steps: IncidentStep[] = [];
  let events: IncidentEvent[] = [];

  async function store(): Promise<void> {
    if (steps.length === 0) return;
    await to.incidents.saveTogether(tenantId, steps);
    await to.announcer.announce(tenantId, events);
    saved.push(...events);
    steps = [];
    events = [];
  }

  /** Earlier trouble is looked for in the store: what may be found there must be there. */
  async function linkToStored(target: IncidentCase): Promise<void> {
    const { fingerprint } = target.incident;
    if (steps.some(({ incident }) => incident.fingerprint === fingerprint)) await store();
    await linkToEarlier(target, { tenantId, incidents: to.incidents });
  }

  async function addCase(book: CaseBook, target: IncidentCase, context: CorrelationContext): Promise<void> {
    const before = target.incident;
    refreshImpact(target, context);
    if (before.revision === 0) {
      await linkToStored(target);
      linkToCause(book, target, context);
      tellOpened(target, context);
    } else tellSeverity(target, target.savedSeverity, context.now);
    const own = stepOf(target, target.eventKind, context);
    const { incident } = own;
    const absorbed = target.absorbed.map((each) => stepOf(each, 'incident-resolved', context));
    const alertsFrom = absorbed.map((step) => step.incident.id);
    if (steps.length + absorbed.length >= stepsAtOnce) await store();
    // What an absorbed one brings is taken over after it is written.
    steps.push(...absorbed, absorbed.length === 0 ? own : { ...own, alertsFrom });
    events.push(
      { kind: target.eventKind, incident },
      ...absorbed.map((step) => ({ kind: 'incident-resolved' as const, incident: step.incident })),
    );
    target.incident = incident;
    target.absorbed = [];
    // New ones: a map that is cleared again and again leaves a chain of outgrown tables, with all that was in them.
    target.changedAlerts = new Map();
    target.entries = [];
    target.firedAgain = new Map();
    target.isTouched = false;
    target.eventKind = 'incident-updated';
    target.savedLastSeenAt = incident.lastSeenAt;
    target.savedSeverity = incident.severity;
  }

  return {
    async addTurns(book, context) {
      for (const target of book.cases.values()) {
        if (isTurn(target)) await addCase(book, target, context);
      }
    },
    async save(book, context) {
      for (const target of book.cases.values()) {
        if (isWorthSaving(target)) await addCase(book, target, context);
      }
      await store();
    },
    saved,
  };
}

/** The next revision of a case as it is now. */
function stepOf(target: IncidentCase, kind: IncidentEvent['kind'], { now }: CorrelationContext): IncidentStep {
  const incident = { ...target.incident, revision: target.incident.revision + 1, updatedAt: now };
  const news = { kind, incident };
  const entries = takeStory(target, incident.revision);
  const step = { incident, entries, alerts: [...target.changedAlerts.values()] };
  return isNews(news) ? { ...step, news } : step;
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

/** Whether the next revision says more than that the incident changed. */
function isTurn({ isTouched, incident, absorbed, eventKind }: IncidentCase): boolean {
  return isTouched && (incident.revision === 0 || absorbed.length > 0 || eventKind !== 'incident-updated');
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
