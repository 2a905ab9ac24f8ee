import type { Incident } from '@heliosiq/model';
import { activeCases, type CaseBook, type CorrelationContext, dropCase } from './case-book.ts';
import { type IncidentCase, lifecycleEntryId, tell } from './incident-case.ts';
import type { IncidentSettings } from './incident-settings.ts';
import { changeStatus } from './joining.ts';
import { resolved } from './lifecycle.ts';

/** `resolvedBy` of an incident that resolved by itself. */
export const recoveryActor = 'recovery';

export function isResolvedByPerson(incident: Incident): boolean {
  return incident.status === 'resolved' && incident.resolvedBy !== recoveryActor;
}

/** True when trouble that began at `at` (event time) is within the reopen window of an incident, or the incident is open. */
export function isBackFor(incident: Incident, at: number, settings: IncidentSettings): boolean {
  return at - endOf(incident, settings) <= settings.reopenMs;
}

/** Event time from which the reopen window counts. */
function endOf(incident: Incident, settings: IncidentSettings): number {
  if (!isResolvedByPerson(incident)) return incident.lastSeenAt + settings.quietMs;
  return Math.max(incident.lastSeenAt, incident.resolvedAt ?? 0);
}

/**
 * Resolves the incidents that have been quiet for `quietMs` at event time `clock`, and forgets resolved ones whose
 * reopen window is over.
 */
export function resolveRecovered(book: CaseBook, clock: number, context: CorrelationContext): void {
  for (const target of activeCases(book)) {
    if (quietSince(target, clock, context.settings) + context.settings.quietMs > clock) continue;
    const since = new Date(quietSince(target, clock, context.settings)).toISOString();
    resolveCase(target, `Resolved by recovery: everything has been quiet since ${since}.`, context);
  }
  for (const { incident, isTouched } of book.cases.values()) {
    const isOver =
      incident.status === 'resolved' && !isBackFor(incident, clock - context.settings.windowMsMax, context.settings);
    if (isOver && !isTouched) dropCase(book, incident.id);
  }
}

/**
 * Resolves the incidents that consist of alerts alone once their senders have said of each that it is over: nothing is
 * left to wait for. One that a person reopened afterwards waits for the quiet period.
 */
export function resolveEnded(book: CaseBook, context: CorrelationContext): void {
  for (const target of activeCases(book)) {
    if (target.members.size > 0 || target.alerts.size === 0) continue;
    // None fires: the newest change of any is the end of the last one.
    if (target.alerts.firing > 0 || target.alerts.changedAt <= target.heldAt) continue;
    resolveCase(target, 'Resolved by recovery: every alert is over.', context);
  }
}

function resolveCase(target: IncidentCase, text: string, context: CorrelationContext): void {
  const { incident } = target;
  const step = resolved(incident, { actor: recoveryActor, at: context.now });
  changeStatus(target, { ...step.incident, revision: incident.revision }, 'incident-resolved');
  tell(target, {
    id: lifecycleEntryId('incident-resolved', incident.revision + 1),
    at: context.now,
    kind: 'incident-resolved',
    text,
    actor: recoveryActor,
  });
}

/** The moment of the last sign of trouble; infinite while there is one. */
function quietSince(target: IncidentCase, clock: number, settings: IncidentSettings): number {
  let since = Math.max(target.incident.lastSeenAt, target.heldAt);
  for (const { status, lastSeenAt, endedAt } of target.members.values()) {
    const isOver = status === 'closed' || lastSeenAt + settings.staleMs <= clock;
    if (!isOver) return Infinity;
    since = Math.max(since, status === 'closed' ? (endedAt ?? lastSeenAt) : lastSeenAt);
  }
  if (target.alerts.firingSeenAt + settings.staleMs > clock) return Infinity;
  return Math.max(since, target.alerts.seenAt);
}
