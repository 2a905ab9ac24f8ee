import { HeliosError, type Incident, type IncidentEvent, orderedId, type TimelineEntry } from '@heliosiq/model';
import { lifecycleEntryId } from './incident-case.ts';

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
  if (incident.status !== 'resolved') throw wrongState(incident, 'reopened');
  const { resolvedAt: _at, resolvedBy: _by, acknowledgedAt: _ackAt, acknowledgedBy: _ackBy, ...rest } = incident;
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
