/** One ranking out of a lexical and a dense one. */

export interface ScoredKey {
  readonly key: string;
  readonly score: number;
}

/** A fused result with its parts, for `why`. */
export interface FusedHit extends ScoredKey {
  /** BM25 with feedback; absent where no word of the question is in the unit. */
  readonly lexical?: number;
  /** Cosine similarity; absent where the unit was not among the nearest or has no vector. */
  readonly dense?: number;
}

export interface FusionOptions {
  /** The share of the dense ranking, 0 to 1. */
  readonly denseShare: number;
  /** Whether a unit has a vector at all: one without is judged by its words alone. */
  readonly hasVector: (key: string) => boolean;
}

/** How far below the mean, in standard deviations, a unit counts that a ranking does not hold. */
const ABSENT = -3;

/**
 * Adds the standard scores of both rankings: each score less the mean of its list, over the list's deviation. Standard
 * scores keep how clearly a list prefers its first results, which rank fusion forgets (Montague and Aslam, Relevance score
 * normalization for metasearch, CIKM 2001). Best first; equal scores by key. The sum is 0 for the average hit of both.
 */
export function fuseScores(
  lexical: readonly ScoredKey[],
  dense: readonly ScoredKey[],
  { denseShare, hasVector }: FusionOptions,
): FusedHit[] {
  const words = standardised(lexical);
  const vectors = standardised(dense);
  const placeInDense = new Map(dense.map(({ key }, place) => [key, place]));
  const fused: FusedHit[] = [];
  for (const [place, { key, score: lexicalScore }] of lexical.entries()) {
    const word = words[place] ?? ABSENT;
    const near = placeInDense.get(key);
    const similarity = near === undefined ? undefined : dense[near]?.score;
    placeInDense.delete(key);
    const vector = near === undefined ? (hasVector(key) ? ABSENT : word) : (vectors[near] ?? ABSENT);
    const score = (1 - denseShare) * word + denseShare * vector;
    fused.push(
      similarity === undefined
        ? { key, score, lexical: lexicalScore }
        : { key, score, lexical: lexicalScore, dense: similarity },
    );
  }
  for (const [key, place] of placeInDense) {
    const score = (1 - denseShare) * ABSENT + denseShare * (vectors[place] ?? ABSENT);
    fused.push({ key, score, dense: dense[place]?.score ?? 0 });
  }
  return fused.sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}

/** Standard scores in the order of `hits`. */
function standardised(hits: readonly ScoredKey[]): Float64Array {
  let mean = 0;
  for (const { score } of hits) mean += score / hits.length;
  let variance = 0;
  for (const { score } of hits) variance += (score - mean) ** 2 / hits.length;
  const deviation = Math.sqrt(variance) || 1;
  return Float64Array.from(hits, ({ score }) => (score - mean) / deviation);
}
