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
