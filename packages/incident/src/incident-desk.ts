import { HeliosError, type Incident, type Principal, roleIncludes } from '@heliosiq/model';
import type { IncidentDesk, IncidentStore } from '@heliosiq/ports';
import type { IncidentAnnouncer } from './incident-announcer.ts';
import { acknowledged, commented, type LifecycleStep, reopened, resolved } from './lifecycle.ts';

const attemptsMax = 5;
const noteLengthMax = 5_000;

export interface IncidentDeskDeps {
  readonly incidents: IncidentStore;
  readonly announcer: IncidentAnnouncer;
  readonly now: () => number;
}

/**
 * What people do with incidents. A step that loses a race against another writer is made again on what is stored then.
 * Rejects with `forbidden` for a viewer, `not-found`, `invalid-request` for an empty or over-long note, and `conflict`.
 */
export function createIncidentDesk({ incidents, announcer, now }: IncidentDeskDeps): IncidentDesk {
  async function act(
    principal: Principal,
    id: Incident['id'],
    makeStep: (incident: Incident) => LifecycleStep,
  ): Promise<Incident> {
    if (!roleIncludes(principal.role, 'operator')) {
      throw new HeliosError('forbidden', 'Handling incidents needs the role operator.');
    }
    for (let attempt = 1; ; attempt += 1) {
      const incident = await incidents.get(principal.tenantId, id);
      if (incident === undefined) throw new HeliosError('not-found', 'There is no such incident.');
      const step = makeStep(incident);
      try {
        await incidents.save(principal.tenantId, step.incident, step.entries);
      } catch (error) {
        if (attempt < attemptsMax && error instanceof HeliosError && error.code === 'conflict') continue;
        throw error;
      }
      await announcer.announce(principal.tenantId, [{ kind: step.kind, incident: step.incident }]);
      return step.incident;
    }
  }

  function noteOf(text: string | undefined): string | undefined {
    const note = text?.trim();
    if (note === undefined || note === '') return undefined;
    if (note.length > noteLengthMax) {
      throw new HeliosError('invalid-request', `A note has at most ${noteLengthMax} characters.`, { field: 'note' });
    }
    return note;
  }

  return {
    acknowledge: (principal, id) =>
      act(principal, id, (incident) => acknowledged(incident, { actor: principal.actor, at: now() })),
    async resolve(principal, id, note) {
      const words = noteOf(note);
      return act(principal, id, (incident) => resolved(incident, { actor: principal.actor, at: now(), note: words }));
    },
    async reopen(principal, id, note) {
      const words = noteOf(note);
      return act(principal, id, (incident) => reopened(incident, { actor: principal.actor, at: now(), note: words }));
    },
    async comment(principal, id, text) {
      const note = noteOf(text);
      if (note === undefined) throw new HeliosError('invalid-request', 'A comment needs words.', { field: 'text' });
      return act(principal, id, (incident) => commented(incident, { actor: principal.actor, at: now(), note }));
    },
  };
}
