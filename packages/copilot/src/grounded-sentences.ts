/** Sentences held against what they cite: each gets its verdict, and what is not carried is marked or removed. */

import type { AnswerSentence, Citation, Support } from '@heliosiq/model';
import type { GroundingCheck } from '@heliosiq/ports';

/** What becomes of a sentence that its citations do not carry. */
export type UnsupportedPolicy = 'mark' | 'remove';

/** The sentences that are left, with their verdicts, and how many were not carried. */
export interface GroundedSentences {
  readonly sentences: readonly (AnswerSentence & { readonly support: Support })[];
  readonly unsupported: number;
}

/**
 * Checks the sentences of a generated answer. With `mark` all of them stay, each with its verdict; with `remove` those
 * without support are left out.
 */
export function groundSentences(
  sentences: readonly AnswerSentence[],
  citations: readonly Pick<Citation, 'n' | 'quote'>[],
  { check, policy }: { readonly check: GroundingCheck; readonly policy: UnsupportedPolicy },
): GroundedSentences {
  const quoteOf = new Map(citations.map(({ n, quote }) => [n, quote]));
  const verdicts = check(
    sentences.map(({ text, citations: numbers }) => ({
      text,
      quotes: numbers.flatMap((n) => quoteOf.get(n) ?? []),
    })),
  );
  const judged = sentences.map((sentence, at) => ({
    ...sentence,
    support: verdicts[at] ?? { verdict: 'unsupported' as const, score: 0 },
  }));
  const unsupported = judged.filter(({ support }) => support.verdict === 'unsupported').length;
  return {
    sentences: policy === 'remove' ? judged.filter(({ support }) => support.verdict !== 'unsupported') : judged,
    unsupported,
  };
}
