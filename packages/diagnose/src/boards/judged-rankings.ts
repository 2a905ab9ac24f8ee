/** A ranking beside the truth. */
export interface JudgedRanking {
  readonly group: string;
  readonly truth: string;
  readonly ranking: readonly string[];
  /** Confidence of the first place. */
  readonly confidence: number;
}

/** Shares of cases whose true cause is the first, or among the first three. */
export interface HitRates {
  readonly cases: number;
  readonly top1: number;
  readonly top3: number;
}

/** One row of a calibration table: cases whose confidence lies in [from, to). */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly cases: number;
  readonly meanConfidence: number;
  readonly right: number;
}

const BIN_EDGES = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** Hit rates of some rankings; all zero for none. */
export function hitRates(cases: readonly JudgedRanking[]): HitRates {
  const share = (places: number): number =>
    cases.length === 0
      ? 0
      : cases.filter((one) => one.ranking.slice(0, places).includes(one.truth)).length / cases.length;
  return { cases: cases.length, top1: share(1), top3: share(3) };
}

/** How often the first place was right, by the confidence it was given; a confidence of 1 falls into the last bin. */
export function calibrate(cases: readonly JudgedRanking[]): CalibrationBin[] {
  return BIN_EDGES.slice(0, -1).map((from, index) => {
    const to = BIN_EDGES[index + 1] ?? 1;
    const inside = cases.filter((one) => one.confidence >= from && (one.confidence < to || to === 1));
    const sum = inside.reduce((total, one) => total + one.confidence, 0);
    return {
      from,
      to,
      cases: inside.length,
      meanConfidence: inside.length === 0 ? 0 : sum / inside.length,
      right: hitRates(inside).top1,
    };
  });
}

/** An answer of high confidence beside the truth: right, or told as wrong with its case. */
export interface ConfidenceAudit {
  readonly answers: number;
  /** Answers that a fault was found, with a confidence of 0.8 or more. */
  readonly confident: number;
  readonly confidentAndWrong: number;
  readonly wrongCases: readonly string[];
}

/** What one case was answered; `truth` is undefined where nothing was wrong. */
export interface AuditedAnswer {
  readonly case: string;
  readonly verdict: 'fault' | 'no-fault' | 'inconclusive';
  readonly confidence: number;
  readonly first: string | undefined;
  readonly truth: string | undefined;
}

const CONFIDENT = 0.8;

/** Counts the answers that were sure and wrong. */
export function auditConfidence(answers: readonly AuditedAnswer[]): ConfidenceAudit {
  const confident = answers.filter((one) => one.verdict === 'fault' && one.confidence >= CONFIDENT);
  const wrong = confident.filter((one) => one.truth === undefined || one.first !== one.truth);
  return {
    answers: answers.length,
    confident: confident.length,
    confidentAndWrong: wrong.length,
    wrongCases: wrong.map((one) => one.case),
  };
}

/** Mean of the shares of cases found in the first 1, 2 ... `places` places. */
export function averageAccuracy(cases: readonly JudgedRanking[], places: number): number {
  let sum = 0;
  for (let place = 1; place <= places; place++) sum += accuracyAt(cases, place);
  return sum / places;
}

/** Share of cases whose true cause is among the first `place`. */
export function accuracyAt(cases: readonly JudgedRanking[], place: number): number {
  if (cases.length === 0) return 0;
  return cases.filter((one) => one.ranking.slice(0, place).includes(one.truth)).length / cases.length;
}
