import {
  HeliosError,
  type Diagnosis,
  type Incident,
  type Investigation,
  type InvestigationEvent,
  type InvestigationStep,
  type TenantId,
} from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { DiagnosisStore, IncidentStore } from '@heliosiq/ports';
import type { Casefile } from './casefile.ts';
import { casefileHash } from './casefile-hash.ts';
import type { Diagnosis as RankedDiagnosis } from './diagnosis.ts';
import { diagnosisRecord, isNews, type RecordFrame } from './diagnosis-record.ts';
import { gatherEvidence, type EvidenceBudget, type EvidencePorts } from './evidence-gathering.ts';
import { openInvestigationLog } from './investigation-log.ts';
import { createGatheringSteps } from './gathering-steps.ts';
import { rankCauses } from './rank-causes.ts';
import { findRunbooks, noRunbookText, runbookWish, type RunbookSearch } from './runbook-passages.ts';

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
  /** Where runbooks are looked for; absent where there is no library. */
  readonly runbooks?: RunbookSearch;
}

/** What came of an investigation. */
export interface InvestigationOutcome {
  /** The newest diagnosis: the one just made, or an earlier one when nothing new was found. */
  readonly diagnosis: Diagnosis;
  readonly isNew: boolean;
  /** Some series did not yet reach to the end of the fault window: later data may change the answer. */
  readonly isCutShort: boolean;
}

export interface Investigator {
  /**
   * Investigates an incident as stored: gathers, ranks, stores and tells the diagnosis when it is news; every step is kept.
   * Rejects with `not-found` when there is no such incident.
   */
  investigate(tenantId: TenantId, id: Incident['id'], how: InvestigateHow): Promise<InvestigationOutcome>;
  /** Puts the question of an earlier investigation again, to the data as it is stored now, and changes nothing. */
  replay(tenantId: TenantId, investigation: Investigation, signal: AbortSignal): Promise<Replay>;
}

/** How an investigation is made. */
export interface InvestigateHow {
  readonly signal: AbortSignal;
  /** `incident` when absent. */
  readonly trigger?: Investigation['trigger'];
  /** Hears of every step as it ends, and of the answer. */
  readonly onEvent?: (event: InvestigationEvent) => void;
}

/** What came of asking again. */
export interface Replay {
  readonly steps: readonly InvestigationStep[];
  readonly inputHash: string;
  readonly answerHash: string;
  /** False when data came, was corrected or was forgotten since. */
  readonly isSameInput: boolean;
  readonly isSameAnswer: boolean;
}

/** What runbooks say, and what is said where they say nothing. */
type Advice = Pick<RecordFrame, 'runbooks' | 'missing'>;

/** Diagnoses remembered as told, so that a redelivery does not tell them again. */
const TOLD_MAX = 10_000;
const NO_LIBRARY = 'There is no library of runbooks here.';
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

  /** What the stores hold of an incident, ranked. */
  async function answer(
    subject: { readonly tenantId: TenantId; readonly incident: Incident },
    { signal, onStep }: { readonly signal: AbortSignal; readonly onStep: (step: InvestigationStep) => void },
  ) {
    const waitedFromMs = performance.now();
    const isStored = await deps.dataStored(signal);
    onStep({
      name: 'data',
      outcome: isStored ? 'done' : 'partial',
      text: isStored ? 'everything that was sent is stored' : NOT_STORED,
      items: 0,
      durationMs: Math.round(performance.now() - waitedFromMs),
    });
    const { casefile, missing, isCutShort } = await gatherEvidence(deps, subject, { budget, signal, onStep });
    const rankedFromMs = performance.now();
    const ranked = rankCauses(casefile);
    const told = { ...ranked, missing: [...(isStored ? [] : [NOT_STORED]), ...missing, ...ranked.missing] };
    onStep({
      name: 'rank',
      outcome: 'done',
      text: `${ranked.hypotheses.length} suspects, verdict ${ranked.verdict}`,
      items: ranked.hypotheses.length,
      durationMs: Math.round(performance.now() - rankedFromMs),
    });
    return {
      told,
      casefile,
      window: casefile.window,
      isCutShort,
      inputHash: casefileHash(casefile),
      answerHash: hashOf(ranked),
    };
  }

  /** What runbooks say of the first hypothesis. Found after the ranking, they are no part of what is ranked. */
  async function advice(
    tenantId: TenantId,
    { told, casefile }: { readonly told: RankedDiagnosis; readonly casefile: Casefile },
    { signal, onStep }: { readonly signal: AbortSignal; readonly onStep: (step: InvestigationStep) => void },
  ): Promise<Advice> {
    const [first] = told.hypotheses;
    if (first === undefined || told.verdict === 'no-fault') return { runbooks: [], missing: [] };
    const wish = runbookWish(first, casefile.classes?.get(first.asset));
    const { runbooks: library } = deps;
    const inTime = AbortSignal.timeout(budget.sourceTimeMs);
    const steps = createGatheringSteps({ timeMs: budget.sourceTimeMs, signal, inTime, onStep });
    const runbooks = await steps.gather({
      name: 'runbooks',
      ask: async () => (library === undefined ? undefined : findRunbooks(library, tenantId, wish)),
      fallback: undefined,
      failed: 'The runbooks could not be searched in time.',
      tell: (found) => ({
        text: found === undefined ? NO_LIBRARY : (found[0]?.title ?? noRunbookText(wish)),
        items: found?.length ?? 0,
      }),
    });
    return { runbooks: runbooks ?? [], missing: runbooks?.length === 0 ? [noRunbookText(wish)] : steps.missing };
  }

  return {
    async investigate(tenantId, id, { signal, trigger = 'incident', onEvent }) {
      signal.throwIfAborted();
      const incident = await incidents.get(tenantId, id);
      if (incident === undefined) throw new HeliosError('not-found', `There is no incident ${id}`);
      const [latest] = await diagnoses.latest(tenantId, [id]);
      const log = await openInvestigationLog({ tenantId, incident }, { diagnoses, now, trigger });
      onEvent?.({ kind: 'started', investigationId: log.id });
      const onStep = (step: InvestigationStep): void => {
        log.step(step);
        onEvent?.({ kind: 'step', step });
      };
      try {
        const found = await answer({ tenantId, incident }, { signal, onStep });
        const { told, window, isCutShort, inputHash, answerHash } = found;
        const made = diagnosisRecord(told, {
          ...(await advice(tenantId, found, { signal, onStep })),
          ...{ tenantId, incident, window },
          revision: (latest?.revision ?? 0) + 1,
          madeAt: now(),
        });
        const isNew = latest === undefined || isNews(latest, made);
        const diagnosis = isNew ? made : latest;
        if (isNew) await diagnoses.put(tenantId, diagnosis);
        await tell(tenantId, diagnosis);
        const ended = await log.end({ status: 'done', inputHash, answerHash, diagnosisId: diagnosis.id });
        onEvent?.({ kind: 'answer', investigation: ended, diagnosisId: diagnosis.id, isNew });
        return { diagnosis, isNew, isCutShort };
      } catch (error) {
        const isStopped = signal.aborted;
        const fault = isStopped ? 'It was stopped before its end.' : faultWords(error);
        // The fault that ended it is told, not one of writing that down.
        await log.end({ status: isStopped ? 'interrupted' : 'failed', fault }).catch(() => undefined);
        throw error;
      }
    },

    async replay(tenantId, investigation, signal) {
      const steps: InvestigationStep[] = [];
      const found = await answer(
        { tenantId, incident: investigation.subject },
        { signal, onStep: (step) => void steps.push(step) },
      );
      return {
        steps,
        inputHash: found.inputHash,
        answerHash: found.answerHash,
        isSameInput: found.inputHash === investigation.inputHash,
        isSameAnswer: found.answerHash === investigation.answerHash,
      };
    },
  };
}

/** SHA-256 of a ranking. */
function hashOf(ranked: RankedDiagnosis): string {
  const { verdict, confidence, hypotheses, ruledOut } = ranked;
  return sha256Hex(JSON.stringify([verdict, confidence, hypotheses, ruledOut]));
}

function faultWords(error: unknown): string {
  return error instanceof HeliosError ? error.message : 'An internal fault ended it.';
}
