import type { InferredEdge } from './inferred-edges.ts';
import type { MetricClass } from './metric-semantics.ts';

/** What kind of trouble a hypothesis claims. */
export type FaultKind =
  | 'latency'
  | 'errors'
  | 'traffic'
  | 'cpu'
  | 'memory'
  | 'disk'
  | 'network'
  | 'dependency'
  | 'config'
  | 'deploy'
  | 'data'
  | 'sensor'
  | 'unknown';

/** Numbers behind an evidence item; `deviation` counts robust standard deviations of the series' own normal, signed. */
export interface EvidenceNumbers {
  readonly before?: number;
  readonly after?: number;
  readonly deviation?: number;
  readonly onsetMs?: number;
  /** Share (0..1) of some trouble that is accounted for. */
  readonly share?: number;
  /** How many assets. */
  readonly count?: number;
}

/** One fact for or against a hypothesis, with enough to find the data again. */
export interface EvidenceItem {
  readonly kind:
    | 'metric-change'
    | 'topology-path'
    | 'explained-share'
    | 'new-dependency'
    | 'change'
    | 'onset-order'
    | 'explained-by-dependency'
    | 'own-trouble'
    | 'no-path'
    | 'alert'
    | 'request-step'
    | 'own-time'
    | 'past-cause'
    | 'inferred-path'
    | 'asset-shift'
    | 'silence';
  readonly asset: string;
  readonly metric?: string;
  readonly statistic?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The incident that is remembered, for kind `past-cause`. */
  readonly incidentId?: string;
  /** The anomaly of the whole asset, for kinds `asset-shift` and `silence`. */
  readonly anomalyId?: string;
  /** The pattern of the log line that it tells of. */
  readonly logPattern?: string;
  /** Identity of the recorded change, for kind `change`. */
  readonly changeId?: string;
  /** Assets from the symptom to the suspect, for kinds `topology-path` and `inferred-path`. */
  readonly path?: readonly string[];
  readonly text: string;
  readonly numbers: EvidenceNumbers;
  /** 0..1: how much this item moves the score. */
  readonly strength: number;
  readonly forOrAgainst: 'for' | 'against';
}

/** One suspect with what speaks for and against it. */
export interface RankedHypothesis {
  readonly asset: string;
  readonly faultKind: FaultKind;
  /** 0..1, comparable within one diagnosis only. */
  readonly score: number;
  /**
   * Probability (0..1) that this asset is the cause; all hypotheses of a diagnosis together stay below 1, unless causes that are
   * independent of each other are told.
   */
  readonly confidence: number;
  /** First sample that left the normal, milliseconds; null when no series shows one. */
  readonly onsetMs: number | null;
  /** One English sentence that says what happened there and why it is suspected. */
  readonly because: string;
  readonly evidence: readonly EvidenceItem[];
}

/** The answer to a casefile. `confidence` is that of the verdict. */
export interface Diagnosis {
  readonly verdict: 'fault' | 'no-fault' | 'inconclusive';
  readonly confidence: number;
  readonly hypotheses: readonly RankedHypothesis[];
  /** Hypotheses that are causes of their own beside the first, which does not explain them. */
  readonly independentCauses: readonly { readonly asset: string; readonly why: string }[];
  /** Connections that nobody declared and that were looked at. */
  readonly inferredEdges: readonly InferredEdge[];
  /** What the evidence alone gave, where answers as sure as that turned out wrong too often. */
  readonly measuredConfidence?: number;
  readonly ruledOut: readonly { readonly asset: string; readonly why: string }[];
  /** Where the trouble was felt and as what; undefined when nothing was troubled. */
  readonly symptom: { readonly asset: string; readonly metricClass: MetricClass } | undefined;
  /** What to look at next, the most useful first, one sentence each. */
  readonly nextChecks: readonly string[];
  /** What would have made the answer surer, one sentence each. */
  readonly missing: readonly string[];
}
