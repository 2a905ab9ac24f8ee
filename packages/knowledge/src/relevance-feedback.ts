/** Pseudo-relevance feedback: the words of the best passages widen the question. */

/** How far a question is widened. */
export interface FeedbackSettings {
  /** Questions of more terms are not widened: they say enough. */
  readonly questionTermsMax: number;
  /** The best units that are read. */
  readonly unitsMax: number;
  /** The terms taken from them. */
  readonly termsMax: number;
  /** The share of the question's own terms in the widened one, 0 to 1. */
  readonly originalShare: number;
  /** Terms in more than this share of all units say nothing about the subject. */
  readonly documentShareMax: number;
}

export const DEFAULT_FEEDBACK: FeedbackSettings = {
  questionTermsMax: 32,
  unitsMax: 20,
  termsMax: 25,
  originalShare: 0.6,
  documentShareMax: 0.1,
};

/** A unit that is taken to be relevant, with how often it holds each term. */
export interface FeedbackUnit {
  readonly score: number;
  readonly length: number;
  readonly frequencies: Iterable<readonly [term: number, frequency: number]>;
}

/**
 * The relevance model RM3 (Abdul-Jaleel et al., UMass at TREC 2004): the terms of the best units, each weighted by the
 * unit's share and the term's share of the unit. A unit's share is the softmax of its BM25 score, so that one clear winner
 * is followed and a field of equals is averaged.
 *
 * Gives what is added to the weights of the question, whose sum is `originalTotal`: so much that the question keeps
 * `originalShare` of the whole. `isUseful` tells whether a term may be added at all.
 */
export function feedbackTerms(
  units: readonly FeedbackUnit[],
  originalTotal: number,
  { settings, isUseful }: { readonly settings: FeedbackSettings; readonly isUseful: (term: number) => boolean },
): ReadonlyMap<number, number> {
  const best = Math.max(...units.map(({ score }) => score));
  const shares = units.map(({ score }) => Math.exp(score - best));
  const sharesTotal = shares.reduce((sum, share) => sum + share, 0);
  const model = new Map<number, number>();
  for (const [index, { length, frequencies }] of units.entries()) {
    const share = (shares[index] ?? 0) / sharesTotal;
    if (share < NEGLIGIBLE_SHARE) continue;
    for (const [term, frequency] of frequencies) {
      model.set(term, (model.get(term) ?? 0) + (share * frequency) / length);
    }
  }
  const chosen = [...model]
    .filter(([term]) => isUseful(term))
    .sort(([termA, a], [termB, b]) => b - a || termA - termB)
    .slice(0, settings.termsMax);
  const chosenTotal = chosen.reduce((sum, [, weight]) => sum + weight, 0);
  const scale = ((1 / settings.originalShare - 1) * originalTotal) / chosenTotal;
  return new Map(chosen.map(([term, weight]) => [term, weight * scale]));
}

/** What weighs less is not worth reading. */
const NEGLIGIBLE_SHARE = 1e-4;
