import { HeliosError, type Incident, type IncidentId, type Principal, roleIncludes } from '@heliosiq/model';
import type { AnomalyStore, IncidentDesk, IncidentStep, IncidentStore } from '@heliosiq/ports';
import { merged, parted, readWhole, type Regrouping, type WholeIncident } from './grouping-desk.ts';
import { type IncidentAnnouncer, isNews } from './incident-announcer.ts';
import {
  acknowledged,
  assigned,
  commented,
  type LifecycleStep,
  mitigated,
  reopened,
  resolved,
  watched,
} from './lifecycle.ts';

const attemptsMax = 5;
const noteLengthMax = 5_000;
const nameLengthMax = 200;

export interface IncidentDeskDeps {
  readonly incidents: IncidentStore;
  readonly anomalies: AnomalyStore;
  readonly announcer: IncidentAnnouncer;
  readonly now: () => number;
}

/**
 * What people do with incidents. A step that loses a race against another writer is made again on what is stored then.
 * Rejects with `forbidden` for a viewer, `not-found`, `invalid-request` for an empty or over-long note, and `conflict`.
 */
export function createIncidentDesk({ incidents, anomalies, announcer, now }: IncidentDeskDeps): IncidentDesk {
  async function act(
    principal: Principal,
    id: Incident['id'],
    makeStep: (incident: Incident) => LifecycleStep,
  ): Promise<Incident> {
    checkRole(principal);
    for (let attempt = 1; ; attempt += 1) {
      const incident = await incidents.get(principal.tenantId, id);
      if (incident === undefined) throw new HeliosError('not-found', 'There is no such incident.');
      const step = makeStep(incident);
      try {
        await incidents.saveTogether(principal.tenantId, [withNews(step)]);
      } catch (error) {
        if (attempt < attemptsMax && error instanceof HeliosError && error.code === 'conflict') continue;
        throw error;
      }
      await announcer.announce(principal.tenantId, [{ kind: step.kind, incident: step.incident }]);
      return step.incident;
    }
  }

  async function whole(principal: Principal, id: IncidentId): Promise<WholeIncident> {
    const incident = await incidents.get(principal.tenantId, id);
    if (incident === undefined) throw new HeliosError('not-found', 'There is no such incident.');
    return readWhole(incident, { incidents, anomalies });
  }

  /** Stores all steps and what is learnt together, then tells of each. */
  async function regroup(principal: Principal, make: () => Promise<Regrouping>): Promise<Incident> {
    checkRole(principal);
    for (let attempt = 1; ; attempt += 1) {
      const { steps, correction, answer } = await make();
      try {
        await incidents.saveTogether(principal.tenantId, steps.map(withNews), [correction]);
      } catch (error) {
        if (attempt < attemptsMax && error instanceof HeliosError && error.code === 'conflict') continue;
        throw error;
      }
      await announcer.announce(
        principal.tenantId,
        steps.map(({ kind, incident }) => ({ kind, incident })),
      );
      return answer;
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
    async mitigate(principal, id, note) {
      const words = noteOf(note);
      return act(principal, id, (incident) => mitigated(incident, { actor: principal.actor, at: now(), note: words }));
    },
    async assign(principal, id, assignee) {
      const whom = noteOf(assignee);
      if (whom !== undefined && whom.length > nameLengthMax) {
        throw new HeliosError('invalid-request', `A name has at most ${nameLengthMax} characters.`, {
          field: 'assignee',
        });
      }
      return act(principal, id, (incident) => assigned(incident, whom, { actor: principal.actor, at: now() }));
    },
    watch: (principal, id, isWatching) =>
      act(principal, id, (incident) => watched(incident, isWatching, { actor: principal.actor, at: now() })),
    async merge(principal, id, { into, note }) {
      const by = { actor: principal.actor, at: now(), note: noteOf(note) };
      return regroup(principal, async () => merged(await whole(principal, id), await whole(principal, into), by));
    },
    async split(principal, id, { members, into, note }) {
      const by = { actor: principal.actor, at: now(), note: noteOf(note) };
      return regroup(principal, async () => {
        const other = into === undefined ? undefined : await whole(principal, into);
        return parted(await whole(principal, id), { members, into: other }, by);
      });
    },
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

function withNews<Step extends LifecycleStep>(step: Step): Step & IncidentStep {
  const news = { kind: step.kind, incident: step.incident };
  return isNews(news) ? { ...step, news } : step;
}

function checkRole({ role }: Principal): void {
  if (!roleIncludes(role, 'operator')) {
    throw new HeliosError('forbidden', 'Handling incidents needs the role operator.');
  }
}
