/** How good one ranking is, by the definitions of trec_eval. */

export interface RankingMeasures {
  readonly averagePrecision: number;
  readonly ndcgAt10: number;
  readonly reciprocalRank: number;
  readonly hitAt1: number;
  readonly hitAt5: number;
  readonly precisionAt30: number;
}

/** Measures a ranking of document ids, best first, against grades; a grade above 0 is relevant, one document at least must be. */
export function measureRanking(ranking: readonly string[], grades: ReadonlyMap<string, number>): RankingMeasures {
  const ideal = [...grades.values()].filter((grade) => grade > 0).sort((a, b) => b - a);
  let found = 0;
  let precisionSum = 0;
  let gain = 0;
  let firstRank = 0;
  let foundIn30 = 0;
  for (const [index, id] of ranking.entries()) {
    const grade = grades.get(id) ?? 0;
    if (grade <= 0) continue;
    found += 1;
    precisionSum += found / (index + 1);
    if (firstRank === 0) firstRank = index + 1;
    if (index < 10) gain += discounted(grade, index);
    if (index < 30) foundIn30 += 1;
  }
  const idealGain = ideal.slice(0, 10).reduce((sum, grade, index) => sum + discounted(grade, index), 0);
  return {
    averagePrecision: precisionSum / ideal.length,
    ndcgAt10: gain / idealGain,
    reciprocalRank: firstRank === 0 ? 0 : 1 / firstRank,
    hitAt1: firstRank === 1 ? 1 : 0,
    hitAt5: firstRank >= 1 && firstRank <= 5 ? 1 : 0,
    precisionAt30: foundIn30 / 30,
  };
}

function discounted(grade: number, index: number): number {
  return grade / Math.log2(index + 2);
}

/** The mean of each measure over queries; there must be one at least. */
export function meanMeasures(measures: readonly RankingMeasures[]): RankingMeasures {
  const mean = (name: keyof RankingMeasures): number =>
    measures.reduce((sum, each) => sum + each[name], 0) / measures.length;
  return {
    averagePrecision: mean('averagePrecision'),
    ndcgAt10: mean('ndcgAt10'),
    reciprocalRank: mean('reciprocalRank'),
    hitAt1: mean('hitAt1'),
    hitAt5: mean('hitAt5'),
    precisionAt30: mean('precisionAt30'),
  };
}
