import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import type { Answer } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { createAnswerFigures } from './answer-figures.ts';

function answer(known: boolean, ...citations: readonly (readonly number[])[]): Answer {
  const sentences = citations.map((numbers) => ({ text: 'A sentence.', citations: [...numbers] }));
  return { question: 'q', text: 't', known, sentences, citations: [] };
}

describe('the figures of answers', () => {
  it('move with every answer, search, check and rating', () => {
    const meter = createMemoryMeter();
    const figures = createAnswerFigures(meter);
    figures.answered(answer(true, [1], [1, 2]));
    expect(meter.value('heliosiq_answers_with_citations_ratio')).toBe(1);
    figures.answered(answer(true, [1], []));
    figures.answered(answer(false, []));
    expect(meter.value('heliosiq_answers_with_citations_ratio')).toBe(0.5);
    expect(meter.value('heliosiq_answers_total', { known: 'false' })).toBe(1);
    figures.searched(3);
    figures.searched(0);
    figures.searched(1);
    figures.searched(0);
    expect(meter.value('heliosiq_retrieval_empty_rate')).toBe(0.5);
    figures.checked(3, 0);
    figures.checked(0, 0);
    figures.checked(1, 1);
    expect(meter.value('heliosiq_hallucination_flag_rate')).toBe(0.25);
    figures.rated(true);
    expect(meter.value('heliosiq_answer_feedback_total', { helpful: 'true' })).toBe(1);
  });

  it('are of the last 500, so that an old fault is forgotten', () => {
    const meter = createMemoryMeter();
    const figures = createAnswerFigures(meter);
    figures.searched(0);
    for (let search = 0; search < 499; search += 1) figures.searched(1);
    expect(meter.value('heliosiq_retrieval_empty_rate')).toBe(1 / 500);
    figures.searched(1);
    expect(meter.value('heliosiq_retrieval_empty_rate')).toBe(0);
  });
});
