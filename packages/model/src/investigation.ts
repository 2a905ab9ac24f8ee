import { z } from 'zod';
import { FaultKind, Verdict } from './diagnosis.ts';
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
    'whole-assets',
    'rank',
    'runbooks',
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
  /** What the newest diagnosis had said when the cause was told; absent where there was none. */
  answer: z
    .object({
      diagnosisId: DiagnosisId,
      verdict: Verdict,
      /** The first hypothesis. */
      asset: AssetId.optional(),
      /** As the evidence gave it, before any lowering. */
      confidence: z.number().min(0).max(1),
    })
    .optional(),
});
export type KnownCause = z.infer<typeof KnownCause>;

/** How often answers of one range of confidence named the cause that a person told afterwards. */
export const ReliabilityBin = z.object({
  /** Confidences from here (inclusive) ... */
  from: z.number().min(0).max(1),
  /** ... up to here (exclusive, but for 1). */
  to: z.number().min(0).max(1),
  answers: z.number().int().nonnegative(),
  right: z.number().int().nonnegative(),
  /** Mean confidence of these answers; 0 without any. */
  confidence: z.number().min(0).max(1),
  /** What an answer of this range is lowered to at most; absent where nothing is lowered. */
  loweredTo: z.number().min(0).max(1).optional(),
});
export type ReliabilityBin = z.infer<typeof ReliabilityBin>;

/** How sure answers were, and how often they were right, over what people said the causes were. */
export const Reliability = z.object({
  /** Causes told of incidents that had an answer with a suspect, the newest at most 500. */
  answers: z.number().int().nonnegative(),
  /** So many are needed before confidences are lowered. */
  enough: z.number().int().positive(),
  bins: z.array(ReliabilityBin).max(10),
});
export type Reliability = z.infer<typeof Reliability>;

/** What a stream of an investigation sends as `data`; the SSE event's name is `kind`. The last one is `answer` or `fault`. */
export const InvestigationEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), investigationId: z.string() }),
  z.object({ kind: z.literal('step'), step: InvestigationStep }),
  z.object({ kind: z.literal('answer'), investigation: Investigation, diagnosisId: DiagnosisId, isNew: z.boolean() }),
  z.object({ kind: z.literal('fault'), message: z.string() }),
]);
export type InvestigationEvent = z.infer<typeof InvestigationEvent>;
