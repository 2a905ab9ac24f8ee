import { HeliosError, type Diagnosis, type Incident, type TenantId } from '@heliosiq/model';
import type { DiagnosisStore, IncidentStore } from '@heliosiq/ports';
import { diagnosisRecord, isNews } from './diagnosis-record.ts';
import { gatherEvidence, type EvidenceBudget, type EvidencePorts } from './evidence-gathering.ts';
import { rankCauses } from './rank-causes.ts';

export interface InvestigatorDependencies extends EvidencePorts {
  readonly incidents: IncidentStore;
  readonly diagnoses: DiagnosisStore;
  /** Tells a stored diagnosis to whoever listens; telling one twice must change nothing. */
  readonly publish: (tenantId: TenantId, diagnosis: Diagnosis) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly budget: EvidenceBudget;
  /**
   * Resolves when what was sent so far is in the stores; false when that takes too long, and the investigation goes on
   * with what is there.
   */
  readonly dataStored: (signal: AbortSignal) => Promise<boolean>;
}

/** What came of an investigation. */
export interface Investigation {
  /** The newest diagnosis: the one just made, or an earlier one when nothing new was found. */
  readonly diagnosis: Diagnosis;
  readonly isNew: boolean;
  /** Some series did not yet reach to the end of the fault window: later data may change the answer. */
  readonly isCutShort: boolean;
}

export interface Investigator {
  /**
   * Investigates an incident as stored: gathers, ranks, stores and tells the diagnosis when it is news.
   * Rejects with `not-found` when there is no such incident.
   */
  investigate(tenantId: TenantId, id: Incident['id'], signal: AbortSignal): Promise<Investigation>;
}

/** Diagnoses remembered as told, so that a redelivery does not tell them again. */
const TOLD_MAX = 10_000;
const NOT_STORED = 'The newest samples had not been stored yet.';

/**
 * One investigation after the other, each replayable: the same stored facts give the same diagnosis id. A diagnosis is
 * stored before it is told; after a crash between the two, the next investigation tells it.
 */
export function createInvestigator(deps: InvestigatorDependencies): Investigator {
  const { incidents, diagnoses, budget, now } = deps;
  const told = new Set<string>();

  async function tell(tenantId: TenantId, diagnosis: Diagnosis): Promise<void> {
    if (told.has(diagnosis.id)) return;
    const best = diagnosis.hypotheses[0];
    await incidents.appendTimeline(tenantId, diagnosis.incidentId, [
      {
        id: `diagnosis:${diagnosis.id}`,
        at: diagnosis.madeAt,
        kind: 'diagnosis-made',
        text: diagnosis.summary,
        url: best?.evidence[0]?.url ?? `/api/v1/incidents/${diagnosis.incidentId}/diagnoses`,
      },
    ]);
    await deps.publish(tenantId, diagnosis);
    told.add(diagnosis.id);
    const [oldest] = told;
    if (told.size > TOLD_MAX && oldest !== undefined) told.delete(oldest);
  }

  return {
    async investigate(tenantId, id, signal) {
      const incident = await incidents.get(tenantId, id);
      if (incident === undefined) throw new HeliosError('not-found', `There is no incident ${id}`);
      const [latest] = await diagnoses.latest(tenantId, [id]);
      const isStored = await deps.dataStored(signal);
      const { casefile, missing, isCutShort } = await gatherEvidence(deps, { tenantId, incident }, { budget, signal });
      const ranked = rankCauses(casefile);
      const diagnosis = diagnosisRecord(
        { ...ranked, missing: [...(isStored ? [] : [NOT_STORED]), ...missing, ...ranked.missing] },
        { tenantId, incident, window: casefile.window, revision: (latest?.revision ?? 0) + 1, madeAt: now() },
      );
      if (latest !== undefined && !isNews(latest, diagnosis)) {
        await tell(tenantId, latest);
        return { diagnosis: latest, isNew: false, isCutShort };
      }
      await diagnoses.put(tenantId, diagnosis);
      await tell(tenantId, diagnosis);
      return { diagnosis, isNew: true, isCutShort };
    },
  };
}
