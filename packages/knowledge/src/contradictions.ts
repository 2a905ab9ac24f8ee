/** Sentences of two documents that speak about the same and cannot both be true. */

import type { Contradiction, RelevantSentence, SearchedPassage } from '@heliosiq/ports';
import { analyse } from './analyser.ts';

const NUMBER = /(?<![\p{L}\p{N}.])[-+]?\d+(?:[.,]\d+)*/gu;
const NEGATION = /\b(?:not|never|no|cannot|can't|won't|don't|doesn't|isn't|aren't|without)\b/i;
/** From this share of common terms on, of all that the two have, two sentences are about the same. */
const SAME_SUBJECT_FROM = 0.6;
/** Fewer terms than this say too little to be about anything. */
const TERMS_MIN = 3;
const PER_PASSAGE_MAX = 3;

interface Statement {
  readonly passage: SearchedPassage;
  readonly sentence: RelevantSentence;
  readonly terms: ReadonlySet<string>;
  readonly numbers: readonly string[];
  readonly isNegative: boolean;
}

/**
 * Passages with what contradicts their sentences: sentences of other documents with nearly the same words that give other
 * numbers, or of which exactly one says no. Only documents that hold are compared, so an older version's manual contradicts
 * nothing. Words alone are judged: a contradiction in other words is not seen.
 */
export function withContradictions(found: readonly SearchedPassage[]): readonly SearchedPassage[] {
  const statements = found.flatMap((passage) =>
    passage.validity.applies === 'no'
      ? []
      : (passage.sentences ?? []).flatMap((sentence) => statementOf(passage, sentence)),
  );
  return found.map((passage) => {
    const own = statements.filter((each) => each.passage === passage);
    const contradictions = own
      .flatMap((statement) => statements.flatMap((other) => contradictionOf(statement, other)))
      .slice(0, PER_PASSAGE_MAX);
    return contradictions.length === 0 ? passage : { ...passage, contradictions };
  });
}

function statementOf(passage: SearchedPassage, sentence: RelevantSentence): Statement[] {
  const numbers = [...sentence.text.matchAll(NUMBER)].map((match) => match[0].replace(',', '.'));
  const terms = new Set(analyse(sentence.text.replace(NUMBER, ' ')));
  if (terms.size < TERMS_MIN) return [];
  return [{ passage, sentence, terms, numbers, isNegative: NEGATION.test(sentence.text) }];
}

function contradictionOf(one: Statement, other: Statement): Contradiction[] {
  if (one.passage.passage.documentId === other.passage.passage.documentId) return [];
  const shared = [...one.terms].filter((term) => other.terms.has(term)).length;
  if (shared / (one.terms.size + other.terms.size - shared) < SAME_SUBJECT_FROM) return [];
  const hasOtherNumbers =
    one.numbers.length > 0 &&
    one.numbers.length === other.numbers.length &&
    one.numbers.some((number, at) => Number(number) !== Number(other.numbers[at]));
  if (!hasOtherNumbers && one.isNegative === other.isNegative) return [];
  const { passage, title } = other.passage;
  return [{ says: one.sentence.text, otherwise: other.sentence.text, passageId: passage.id, title }];
}
