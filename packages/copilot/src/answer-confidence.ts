/** How likely it is that documents answer a question, from what the search found. */

import type { SearchedPassage } from '@heliosiq/ports';

/** Up to this confidence the answer is that it is not known. */
export const KNOWN_ABOVE = 0.5;

/**
 * A logistic model over two shares of the question: what the best passage contains of it (`coverage`), and what the best
 * sentence does. Fitted on the questions of `eval answers`, half of them held out in turn; see docs/reference/quality.md.
 */
const MODEL = { bias: -5.3, coverage: 5.5, sentence: 4.9 } as const;

/** The confidence, 0 to 1; 0 when nothing was found. */
export function answerConfidence(found: readonly SearchedPassage[]): number {
  const coverage = Math.max(0, ...found.map((passage) => passage.coverage));
  const sentence = Math.max(0, ...found.flatMap(({ sentences }) => (sentences ?? []).map(({ score }) => score)));
  if (coverage === 0) return 0;
  return 1 / (1 + Math.exp(-(MODEL.bias + MODEL.coverage * coverage + MODEL.sentence * sentence)));
}
