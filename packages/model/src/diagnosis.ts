import { z } from 'zod';
import { AssetId, DiagnosisId, IncidentId, TenantId } from './ids.ts';
import { Citation } from './knowledge.ts';
import { Timestamp } from './signal.ts';

/** What kind of trouble a cause is. */
export const FaultKind = z.enum([
  'cpu',
  'memory',
  'disk',
  'network',
  'latency',
  'errors',
  'traffic',
  'dependency',
  'config',
  'deploy',
  'data',
  'sensor',
  'unknown',
]);
export type FaultKind = z.infer<typeof FaultKind>;

/** The outcome of an investigation: a wrong confident answer is worse than `inconclusive`. */
export const Verdict = z.enum(['fault', 'no-fault', 'inconclusive']);
export type Verdict = z.infer<typeof Verdict>;

/** One fact that speaks for or against a hypothesis, with a link to the data behind it. */
export const Evidence = z.object({
  /** Unique in its diagnosis, e.g. `e1`. */
  id: z.string(),
  kind: z.enum(['metric-change', 'topology-path', 'change', 'alert', 'anomaly', 'absence', 'trace', 'past-incident']),
  asset: AssetId,
  metric: z.string().optional(),
  direction: z.enum(['for', 'against']),
  /** How much it weighs in the score, in [0, 1]. */
  strength: z.number().min(0).max(1),
  /** One sentence that quotes `numbers`; what a citation of this evidence quotes. */
  text: z.string(),
  numbers: z.record(z.string(), z.number()),
  /** Path that answers with this evidence and the data behind it. */
  url: z.string(),
});
export type Evidence = z.infer<typeof Evidence>;

/** A suspected cause. `score` orders hypotheses of one diagnosis; `confidence` is a calibrated probability. */
export const Hypothesis = z.object({
  rank: z.number().int().positive(),
  asset: AssetId,
  fault: FaultKind,
  score: z.number(),
  confidence: z.number().min(0).max(1),
  onsetAt: Timestamp.optional(),
  because: z.string(),
  evidence: z.array(Evidence).max(50),
  /** What runbooks say to do about such a fault at such a thing, the most useful first; absent where none fits. */
  runbooks: z.array(Citation).max(3).optional(),
});
export type Hypothesis = z.infer<typeof Hypothesis>;

export const RuledOut = z.object({ asset: AssetId, why: z.string() });
export type RuledOut = z.infer<typeof RuledOut>;

/** A connection of two assets that nobody declared: seen in traces, or read from how their metrics follow one another. */
export const InferredEdge = z.object({
  from: AssetId,
  to: AssetId,
  basis: z.enum(['traces', 'lagged-dependence']),
  /** One sentence that says what it rests on, with its numbers. */
  text: z.string(),
});
export type InferredEdge = z.infer<typeof InferredEdge>;

/** A second fault of the same time that the first does not explain. */
export const IndependentCause = z.object({ asset: AssetId, why: z.string() });
export type IndependentCause = z.infer<typeof IndependentCause>;

/** The answer to "why?" for one incident at one moment. */
export const Diagnosis = z.object({
  id: DiagnosisId,
  tenantId: TenantId,
  incidentId: IncidentId,
  /** 1 for the first investigation of an incident. */
  revision: z.number().int().positive(),
  madeAt: Timestamp,
  verdict: Verdict,
  /** Confidence in the verdict and, for a fault, in the first hypothesis. */
  confidence: z.number().min(0).max(1),
  summary: z.string(),
  window: z.object({ baselineFrom: Timestamp, faultFrom: Timestamp, faultTo: Timestamp }),
  hypotheses: z.array(Hypothesis).max(20),
  /** Hypotheses that are causes of their own beside the first, which does not explain them. */
  independentCauses: z.array(IndependentCause).max(3).optional(),
  /** Connections that the answer used and nobody declared. */
  inferredEdges: z.array(InferredEdge).max(50).optional(),
  /** What the evidence alone gave, where answers as sure as that turned out wrong too often and `confidence` is less. */
  measuredConfidence: z.number().min(0).max(1).optional(),
  ruledOut: z.array(RuledOut).max(50),
  /** What to look at next, the most useful first. Answers of before this was told have none. */
  nextChecks: z.array(z.string()).max(10).optional(),
  /** Data that was not there and would have helped. */
  missing: z.array(z.string()).max(20),
});
export type Diagnosis = z.infer<typeof Diagnosis>;

/** The value of one record of the topic `diagnoses`: key = incident. */
export const DiagnosisEvent = z.object({ kind: z.literal('diagnosis-made'), diagnosis: Diagnosis });
export type DiagnosisEvent = z.infer<typeof DiagnosisEvent>;
