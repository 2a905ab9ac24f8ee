import { z } from 'zod';
import { FaultKind } from './diagnosis.ts';
import { AssetId, DiagnosisId, IncidentId, TenantId } from './ids.ts';
import { Incident } from './incident.ts';
import { Timestamp } from './signal.ts';

/** One thing that an investigation did. */
export const InvestigationStep = z.object({
  /** What was done, e.g. `metrics`; each name at most once in an investigation. */
  name: z.enum([
    'data',
    'topology',
    'anomalies',
    'series',
    'metrics',
    'changes',
    'alerts',
    'logs',
    'traces',
    'past',
    'rank',
  ]),
  /** `partial`: some of it could not be had in time or in the budget; `failed`: none of it. */
  outcome: z.enum(['done', 'partial', 'failed']),
  /** What it found, in words. */
  text: z.string(),
  /** Rows, samples, spans or lines read. */
  items: z.number().int().nonnegative(),
  durationMs: z.number().nonnegative(),
});
export type InvestigationStep = z.infer<typeof InvestigationStep>;

export const InvestigationStatus = z.enum(['running', 'done', 'failed', 'interrupted']);
export type InvestigationStatus = z.infer<typeof InvestigationStatus>;

/** One investigation of an incident: what it looked at, step by step, and which answer it came to. */
export const Investigation = z.object({
  id: z.string().min(1).max(64),
  tenantId: TenantId,
  incidentId: IncidentId,
  status: InvestigationStatus,
  /** What set it off. */
  trigger: z.enum(['incident', 'new-data', 'person', 'restart', 'replay']),
  startedAt: Timestamp,
  updatedAt: Timestamp,
  finishedAt: Timestamp.optional(),
  /** In the order in which they ended. */
  steps: z.array(InvestigationStep).max(20),
  /** The incident as it was then, so that the same question can be put again. */
  subject: Incident,
  /** SHA-256 of everything that was ranked, and of the answer: the same input gives the same answer. */
  inputHash: z.string().optional(),
  answerHash: z.string().optional(),
  /** The diagnosis that it made or confirmed. */
  diagnosisId: DiagnosisId.optional(),
  /** Why it failed, in public words. */
  fault: z.string().optional(),
});
export type Investigation = z.infer<typeof Investigation>;

/** What a person said the true cause of an incident was, with what the incident looked like. */
export const KnownCause = z.object({
  tenantId: TenantId,
  incidentId: IncidentId,
  asset: AssetId,
  fault: FaultKind,
  note: z.string().max(2000).optional(),
  actor: z.string(),
  markedAt: Timestamp,
  /** When the incident began. */
  startedAt: Timestamp,
  title: z.string(),
  /** Where the trouble was felt, and what took part in it. */
  entry: z.object({ asset: AssetId, metric: z.string() }).optional(),
  assets: z.array(AssetId).max(200),
});
export type KnownCause = z.infer<typeof KnownCause>;

/** What a stream of an investigation sends as `data`; the SSE event's name is `kind`. The last one is `answer` or `fault`. */
export const InvestigationEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), investigationId: z.string() }),
  z.object({ kind: z.literal('step'), step: InvestigationStep }),
  z.object({ kind: z.literal('answer'), investigation: Investigation, diagnosisId: DiagnosisId, isNew: z.boolean() }),
  z.object({ kind: z.literal('fault'), message: z.string() }),
]);
export type InvestigationEvent = z.infer<typeof InvestigationEvent>;
