/** How good answers are, as metrics: ratios over the last answers of this process, and counters of all of them. */

import type { Answer } from '@heliosiq/model';
import type { Meter } from '@heliosiq/ports';

/** What is counted of answers. */
export interface AnswerFigures {
  answered(answer: Answer): void;
  /** A question was looked up in the documents; `found` passages came back. */
  searched(found: number): void;
  /** So many sentences were checked against their citations, and so many of them did not stand there. */
  checked(sentences: number, unsupported: number): void;
  rated(isHelpful: boolean): void;
}

/** The ratios are over so many last events; 1 is as good, and 0 as bad, as nothing measured, so they start with the first. */
const WINDOW = 500;

export function createAnswerFigures(meter: Meter): AnswerFigures {
  const answers = meter.counter({
    name: 'heliosiq_answers_total',
    help: 'Questions answered, by whether the answer was known.',
    labels: ['known'],
  });
  const feedback = meter.counter({
    name: 'heliosiq_answer_feedback_total',
    help: 'Answers that people rated.',
    labels: ['helpful'],
  });
  const ratio = (name: string, help: string): ((hits: number, of: number) => void) => {
    const gauge = meter.gauge({ name, help });
    const window: { readonly hits: number; readonly of: number }[] = [];
    return (hits, of) => {
      if (of === 0) return;
      window.push({ hits, of });
      if (window.length > WINDOW) window.shift();
      const total = window.reduce((sum, each) => sum + each.of, 0);
      gauge.set(window.reduce((sum, each) => sum + each.hits, 0) / total);
    };
  };
  const cited = ratio(
    'heliosiq_answers_with_citations_ratio',
    'Share of the last 500 known answers in which every sentence is cited.',
  );
  const empty = ratio(
    'heliosiq_retrieval_empty_rate',
    'Share of the last 500 questions to the documents for which no passage was found.',
  );
  const flagged = ratio(
    'heliosiq_hallucination_flag_rate',
    'Share of sentences, over the last 500 answers from documents, that their citations do not carry.',
  );
  return {
    answered(answer) {
      answers.add(1, { known: String(answer.known) });
      if (answer.known) cited(answer.sentences.every(({ citations }) => citations.length > 0) ? 1 : 0, 1);
    },
    searched: (found) => empty(found === 0 ? 1 : 0, 1),
    checked: (sentences, unsupported) => flagged(unsupported, sentences),
    rated: (isHelpful) => feedback.add(1, { helpful: String(isHelpful) }),
  };
}
