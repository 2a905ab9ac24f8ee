import type { AssetId, Citation, Diagnosis as DiagnosisRecord, Evidence, Incident, TenantId } from '@heliosiq/model';
import { diagnosisIdOf, sha256Hex } from '@heliosiq/model/content-id.ts';
import type { CaseWindow } from './casefile.ts';
import type { Diagnosis, EvidenceItem, RankedHypothesis } from './diagnosis.ts';
import { summaryText } from './summary.ts';

/** Bounds of the stored record. */
const HYPOTHESES_MAX = 8;
const EVIDENCE_MAX = 12;
const RULED_OUT_MAX = 20;
const MISSING_MAX = 20;
const NEXT_CHECKS_MAX = 5;
const INFERRED_MAX = 50;

const KIND: Readonly<Record<EvidenceItem['kind'], Evidence['kind']>> = {
  'metric-change': 'metric-change',
  'onset-order': 'metric-change',
  'topology-path': 'topology-path',
  'explained-share': 'topology-path',
  'explained-by-dependency': 'topology-path',
  'new-dependency': 'topology-path',
  'own-trouble': 'absence',
  'no-path': 'absence',
  change: 'change',
  alert: 'alert',
  'request-step': 'trace',
  'own-time': 'trace',
  'past-cause': 'past-incident',
  'inferred-path': 'topology-path',
  'asset-shift': 'anomaly',
  silence: 'absence',
};

/** What an investigation is stored with. */
export interface RecordFrame {
  readonly tenantId: TenantId;
  readonly incident: Incident;
  readonly window: CaseWindow;
  readonly revision: number;
  readonly madeAt: number;
  /** What runbooks say of the first hypothesis; no part of the answer's identity. */
  readonly runbooks?: readonly Citation[];
  /** What is missing beside what the ranking lacked. */
  readonly missing?: readonly string[];
}

function finiteNumbers(numbers: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => Number.isFinite(value)));
}

/** Asset names in a casefile come from the stores, where they were parsed as asset ids. */
function assetId(name: string): AssetId {
  return name as AssetId;
}

function clampShare(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}

/**
 * Turns a ranking into the record that is stored and told. The id is a hash of incident and content, so the same
 * evidence gives the same id whenever it is looked at; revision and time are no part of it.
 */
export function diagnosisRecord(diagnosis: Diagnosis, frame: RecordFrame): DiagnosisRecord {
  const { tenantId, incident, window, runbooks = [], missing = [] } = frame;
  const kept = diagnosis.hypotheses.filter((one, index) => index === 0 || one.score > 0.01).slice(0, HYPOTHESES_MAX);
  const content = JSON.stringify([
    diagnosis.verdict,
    diagnosis.confidence,
    kept,
    diagnosis.independentCauses,
    diagnosis.ruledOut,
    diagnosis.missing,
    window,
  ]);
  const id = diagnosisIdOf(incident.id, sha256Hex(content));
  let counter = 0;
  const evidence = (one: RankedHypothesis): Evidence[] =>
    one.evidence.slice(0, EVIDENCE_MAX).map((item) => {
      counter += 1;
      const evidenceId = `e${counter}`;
      return {
        id: evidenceId,
        kind: KIND[item.kind],
        asset: assetId(item.asset),
        ...(item.metric === undefined ? {} : { metric: item.metric }),
        direction: item.forOrAgainst,
        strength: clampShare(item.strength),
        text: item.text,
        numbers: finiteNumbers({ ...item.numbers }),
        url: `/api/v1/incidents/${incident.id}/diagnoses/${id}/evidence/${evidenceId}`,
      };
    });
  const independent = diagnosis.independentCauses.map(({ asset, why }) => ({ asset: assetId(asset), why }));
  const inferredEdges = diagnosis.inferredEdges
    .slice(0, INFERRED_MAX)
    .map(({ from, to, basis, text }) => ({ from: assetId(from), to: assetId(to), basis, text }));
  return {
    id,
    tenantId,
    incidentId: incident.id,
    revision: frame.revision,
    madeAt: frame.madeAt,
    verdict: diagnosis.verdict,
    confidence: clampShare(diagnosis.confidence),
    summary: summaryText(diagnosis),
    window: {
      baselineFrom: Math.floor(window.baselineFromMs),
      faultFrom: Math.floor(window.faultFromMs),
      faultTo: Math.ceil(window.faultToMs),
    },
    hypotheses: kept.map((one, index) => ({
      rank: index + 1,
      asset: assetId(one.asset),
      fault: one.faultKind,
      score: one.score,
      confidence: clampShare(one.confidence),
      ...(one.onsetMs === null ? {} : { onsetAt: Math.floor(one.onsetMs) }),
      because: one.because,
      evidence: evidence(one),
      ...(index === 0 && runbooks.length > 0 ? { runbooks: [...runbooks] } : {}),
    })),
    ...(independent.length === 0 ? {} : { independentCauses: independent }),
    ...(inferredEdges.length === 0 ? {} : { inferredEdges }),
    ...(diagnosis.measuredConfidence === undefined
      ? {}
      : { measuredConfidence: clampShare(diagnosis.measuredConfidence) }),
    ruledOut: diagnosis.ruledOut.slice(0, RULED_OUT_MAX).map(({ asset, why }) => ({ asset: assetId(asset), why })),
    nextChecks: diagnosis.nextChecks.slice(0, NEXT_CHECKS_MAX),
    missing: [...diagnosis.missing.slice(0, MISSING_MAX - missing.length), ...missing],
  };
}

/** How much the confidence must move before a new revision is worth telling. */
const CONFIDENCE_STEP = 0.05;
const ORDER_MATTERS = 3;

/** True when people would want to know: another verdict, another order of the first three, or a clearly other confidence. */
export function isNews(before: DiagnosisRecord | undefined, now: DiagnosisRecord): boolean {
  if (before === undefined) return true;
  if (before.id === now.id) return false;
  const order = (one: DiagnosisRecord): string =>
    JSON.stringify(one.hypotheses.slice(0, ORDER_MATTERS).map(({ asset, fault }) => [asset, fault]));
  return (
    before.verdict !== now.verdict ||
    Math.abs(before.confidence - now.confidence) >= CONFIDENCE_STEP ||
    order(before) !== order(now)
  );
}
