import { HeliosError, type Incident, type IncidentEvent, orderedId, type TimelineEntry } from '@heliosiq/model';
import { lifecycleEntryId } from './incident-case.ts';

const watchersMax = 50;

/** One step of an incident: the next revision with what the timeline says of it. */
export interface LifecycleStep {
  readonly kind: IncidentEvent['kind'];
  readonly incident: Incident;
  readonly entries: readonly TimelineEntry[];
}

/** Who does something and when, milliseconds since the epoch. */
export interface Act {
  readonly actor: string;
  readonly at: number;
  readonly note?: string | undefined;
}

/** Somebody takes care. Rejects with `conflict` unless the incident is open. */
export function acknowledged(incident: Incident, act: Act): LifecycleStep {
  if (incident.status !== 'open') throw wrongState(incident, 'acknowledged');
  return stepOf('incident-acknowledged', {
    before: incident,
    after: { ...incident, status: 'acknowledged', acknowledgedAt: act.at, acknowledgedBy: act.actor },
    act,
    text: `Acknowledged by ${act.actor}`,
  });
}

/** Users are safe again; what caused it may still be there. Rejects with `conflict` unless it is open or acknowledged. */
export function mitigated(incident: Incident, act: Act): LifecycleStep {
  if (incident.status !== 'open' && incident.status !== 'acknowledged') throw wrongState(incident, 'mitigated');
  return stepOf('incident-mitigated', {
    before: incident,
    after: { ...incident, status: 'mitigated', mitigatedAt: act.at, mitigatedBy: act.actor },
    act,
    text: `Mitigated by ${act.actor}`,
  });
}

/** It is over. Rejects with `conflict` when it is resolved already. */
export function resolved(incident: Incident, act: Act): LifecycleStep {
  if (incident.status === 'resolved') throw wrongState(incident, 'resolved');
  return stepOf('incident-resolved', {
    before: incident,
    after: { ...incident, status: 'resolved', resolvedAt: act.at, resolvedBy: act.actor },
    act,
    text: `Resolved by ${act.actor}`,
  });
}

/** It is not over, or it is back. Rejects with `conflict` unless it is resolved. */
export function reopened(incident: Incident, act: Act): LifecycleStep {
  if (incident.status !== 'resolved' || incident.mergedInto !== undefined) throw wrongState(incident, 'reopened');
  const { resolvedAt: _at, resolvedBy: _by, acknowledgedAt: _ackAt, acknowledgedBy: _ackBy, ...kept } = incident;
  const { mitigatedAt: _mitAt, mitigatedBy: _mitBy, ...rest } = kept;
  return stepOf('incident-reopened', {
    before: incident,
    after: { ...rest, status: 'open', reopenedCount: incident.reopenedCount + 1 },
    act,
    text: `Reopened by ${act.actor}`,
  });
}

/** Somebody says something; possible in every state. */
export function commented(incident: Incident, act: Act & { readonly note: string }): LifecycleStep {
  const revision = incident.revision + 1;
  return {
    kind: 'incident-updated',
    incident: { ...incident, revision, updatedAt: act.at },
    // An id of its own: two comments of one moment make equal revisions, of which a store keeps one with both entries.
    entries: [{ id: `comment:${orderedId()}`, at: act.at, kind: 'comment-added', text: act.note, actor: act.actor }],
  };
}

/** Who works on it now; nobody when `assignee` is absent. */
export function assigned(incident: Incident, assignee: string | undefined, act: Act): LifecycleStep {
  const { assignee: before, ...rest } = incident;
  const after = assignee === undefined ? rest : { ...rest, assignee };
  const whom = assignee === undefined ? `taken from ${before ?? 'nobody'}` : `given to ${assignee}`;
  return noted(after, { ...act, kind: 'assignee-changed', text: `The incident was ${whom} by ${act.actor}` });
}

/** Whether the actor wants to hear of it. Watching twice changes nothing but the revision. */
export function watched(incident: Incident, isWatching: boolean, act: Act): LifecycleStep {
  const others = (incident.watchers ?? []).filter((watcher) => watcher !== act.actor);
  if (isWatching && others.length >= watchersMax) {
    throw new HeliosError('conflict', `The incident has ${watchersMax} watchers already.`);
  }
  const watchers = isWatching ? [...others, act.actor] : others;
  const text = `${act.actor} ${isWatching ? 'watches it' : 'does not watch it any more'}`;
  return noted({ ...incident, watchers }, { ...act, kind: 'watchers-changed', text });
}

/** The next revision with one line under an id of its own: two of one moment are told apart. */
export function noted(
  incident: Incident,
  given: Act & Pick<TimelineEntry, 'kind' | 'text'> & Partial<Pick<TimelineEntry, 'reason' | 'url'>>,
): LifecycleStep {
  const { at, actor, kind, text, reason, url } = given;
  const more = { ...(reason === undefined ? {} : { reason }), ...(url === undefined ? {} : { url }) };
  return {
    kind: 'incident-updated',
    incident: { ...incident, revision: incident.revision + 1, updatedAt: at },
    entries: [{ id: `${kind}:${orderedId()}`, at, kind, text, actor, ...more }],
  };
}

function stepOf(
  kind: Exclude<IncidentEvent['kind'], 'incident-updated'>,
  change: { readonly before: Incident; readonly after: Incident; readonly act: Act; readonly text: string },
): LifecycleStep {
  const revision = change.before.revision + 1;
  const { actor, at, note } = change.act;
  return {
    kind,
    incident: { ...change.after, revision, updatedAt: at },
    entries: [
      {
        id: lifecycleEntryId(kind, revision),
        at,
        kind,
        text: note === undefined ? change.text : `${change.text}: ${note}`,
        actor,
      },
    ],
  };
}

function wrongState(incident: Incident, wanted: string): HeliosError {
  return new HeliosError('conflict', `The incident is ${incident.status} and cannot be ${wanted}.`, {
    cure: 'Read the incident again; it may have changed since you looked.',
  });
}
