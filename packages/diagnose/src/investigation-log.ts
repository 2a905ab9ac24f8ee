import { randomUUID } from 'node:crypto';
import type { DiagnosisId, Incident, Investigation, InvestigationStep, TenantId } from '@heliosiq/model';
import type { DiagnosisStore } from '@heliosiq/ports';

/** How an investigation came out. */
export type InvestigationEnd =
  | {
      readonly status: 'done';
      readonly inputHash: string;
      readonly answerHash: string;
      readonly diagnosisId: DiagnosisId;
    }
  | { readonly status: 'failed' | 'interrupted'; readonly fault: string };

/** Keeps the record of one investigation while it runs. */
export interface InvestigationLog {
  readonly id: string;
  step(step: InvestigationStep): void;
  /** Writes the end; nothing is written after it. */
  end(end: InvestigationEnd): Promise<Investigation>;
}

export interface InvestigationLogOptions {
  readonly diagnoses: Pick<DiagnosisStore, 'putInvestigation'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly trigger: Investigation['trigger'];
}

/** A running investigation says so at least this often; one that was silent for much longer has died with its process. */
const beatMs = 5_000;
export const silenceMaxMs = 30_000;

/** Writes that an investigation has begun, and from then on what it does. */
export async function openInvestigationLog(
  subject: { readonly tenantId: TenantId; readonly incident: Incident },
  { diagnoses, now, trigger }: InvestigationLogOptions,
): Promise<InvestigationLog> {
  const { tenantId, incident } = subject;
  const startedAt = now();
  const begun = { id: randomUUID(), tenantId, incidentId: incident.id, trigger, startedAt, subject: incident };
  const steps: InvestigationStep[] = [];
  // One write after the other, so that a late one never stands over a newer state.
  let writing: Promise<void> = diagnoses.putInvestigation(tenantId, {
    ...begun,
    status: 'running',
    updatedAt: startedAt,
    steps,
  });
  await writing;
  const beat = setInterval(() => {
    const state: Investigation = {
      ...begun,
      status: 'running',
      updatedAt: Math.max(now(), startedAt),
      steps: [...steps],
    };
    // What cannot be written now is written with the next beat or at the end.
    writing = writing.then(() => diagnoses.putInvestigation(tenantId, state)).catch(() => undefined);
  }, beatMs);
  return {
    id: begun.id,
    step: (step) => void steps.push(step),
    async end(end) {
      clearInterval(beat);
      await writing;
      const at = Math.max(now(), startedAt);
      const ended: Investigation = { ...begun, ...end, updatedAt: at, finishedAt: at, steps };
      await diagnoses.putInvestigation(tenantId, ended);
      return ended;
    },
  };
}
