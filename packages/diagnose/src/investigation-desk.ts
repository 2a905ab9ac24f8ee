import {
  type Diagnosis,
  HeliosError,
  type Incident,
  type IncidentId,
  type KnownCause,
  type Principal,
  type TenantId,
} from '@heliosiq/model';
import type { DiagnosisStore, IncidentStore, InvestigationDesk } from '@heliosiq/ports';
import { reliabilityOf } from './answer-reliability.ts';
import type { Investigator } from './investigator.ts';
import { KNOWN_CAUSES_READ } from './past-causes.ts';

export interface InvestigationDeskDependencies {
  readonly investigator: Investigator;
  readonly incidents: IncidentStore;
  readonly diagnoses: DiagnosisStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const HISTORY_MAX = 100;

/** What an answer had said, by which it is judged: the confidence as the evidence gave it. */
function answerOf({ id, verdict, confidence, measuredConfidence, hypotheses }: Diagnosis): KnownCause['answer'] {
  const [first] = hypotheses;
  return {
    ...{ diagnosisId: id, verdict, confidence: measuredConfidence ?? first?.confidence ?? confidence },
    ...(first === undefined ? {} : { asset: first.asset }),
  };
}

/** Lets people investigate, look at investigations, ask them again and say what the true cause was. */
export function createInvestigationDesk(deps: InvestigationDeskDependencies): InvestigationDesk {
  const { investigator, incidents, diagnoses, now } = deps;

  async function incidentOf(tenantId: TenantId, id: IncidentId): Promise<Incident> {
    const incident = await incidents.get(tenantId, id);
    if (incident === undefined) throw new HeliosError('not-found', `There is no incident ${id}`);
    return incident;
  }

  /** Each mark is a line of its own: a person may think again. */
  async function tellMark(principal: Principal, cause: KnownCause): Promise<void> {
    const note = cause.note === undefined ? '' : ` ${cause.note}`;
    await incidents.appendTimeline(principal.tenantId, cause.incidentId, [
      {
        id: `cause:${cause.markedAt}`,
        at: cause.markedAt,
        kind: 'comment-added',
        text: `The true cause was ${cause.asset} (${cause.fault}).${note}`,
        actor: principal.actor,
        url: `/api/v1/incidents/${cause.incidentId}/cause`,
      },
    ]);
  }

  return {
    async investigate({ tenantId }, id, { signal, onEvent }) {
      await investigator.investigate(tenantId, id, { signal, trigger: 'person', onEvent });
    },

    async investigations({ tenantId }, id, options) {
      await incidentOf(tenantId, id);
      return diagnoses.investigations(tenantId, id, options);
    },

    async replay({ tenantId }, id, { investigationId, signal }) {
      await incidentOf(tenantId, id);
      const known = await diagnoses.investigations(tenantId, id, { limit: HISTORY_MAX });
      const investigation = known.find((one) => one.id === investigationId);
      if (investigation === undefined)
        throw new HeliosError('not-found', 'There is no such investigation', { field: 'investigationId' });
      if (investigation.status !== 'done')
        throw new HeliosError('conflict', 'This investigation came to no answer', { cure: 'take one that is done' });
      const { steps: _, ...found } = await investigator.replay(tenantId, investigation, signal);
      return { investigation, ...found };
    },

    async markCause(principal, id, { asset, fault, note }) {
      const { tenantId, actor } = principal;
      const { startedAt, title, entry, assets } = await incidentOf(tenantId, id);
      const [latest] = await diagnoses.latest(tenantId, [id]);
      const cause: KnownCause = {
        ...{ tenantId, incidentId: id, asset, fault, actor, markedAt: now(), startedAt, title, assets },
        ...(note === undefined || note.trim() === '' ? {} : { note: note.trim() }),
        ...(entry === undefined ? {} : { entry }),
        ...(latest === undefined ? {} : { answer: answerOf(latest) }),
      };
      await diagnoses.markCause(tenantId, cause);
      await tellMark(principal, cause);
      return cause;
    },

    async reliability({ tenantId }) {
      return reliabilityOf(await diagnoses.knownCauses(tenantId, { limit: KNOWN_CAUSES_READ }));
    },

    async knownCause({ tenantId }, id) {
      await incidentOf(tenantId, id);
      return diagnoses.knownCause(tenantId, id);
    },
  };
}
