import { HeliosError } from '@heliosiq/model';
import type { StageAnswers, StageQuestion, ToStages } from './stages-apart-messages.ts';

const answerTimeoutMs = 2000;

/** Questions to the process of the stages, and who waits for their answers. */
export interface StageQuestions {
  /** Rejects with `timeout` when no answer comes within the time (default 2,000 ms). */
  ask<Question extends StageQuestion>(question: Question, timeoutMs?: number): Promise<StageAnswers[Question]>;
  answer(number: number, answer: StageAnswers[StageQuestion]): void;
  /** Nobody is there any more to answer what was asked or will be. */
  fail(error: unknown): void;
}

export function createStageQuestions(tell: (message: ToStages) => void): StageQuestions {
  const waiting = new Map<number, PromiseWithResolvers<StageAnswers[StageQuestion]>>();
  let asked = 0;
  let failure: { readonly error: unknown } | undefined;
  return {
    async ask<Question extends StageQuestion>(question: Question, timeoutMs = answerTimeoutMs) {
      if (failure !== undefined) throw failure.error;
      const number = (asked += 1);
      const answered = Promise.withResolvers<StageAnswers[StageQuestion]>();
      const timer = setTimeout(() => {
        answered.reject(new HeliosError('timeout', `the stages did not answer within ${timeoutMs} ms`));
      }, timeoutMs);
      waiting.set(number, answered);
      try {
        tell({ kind: 'ask', ask: question, number });
        // The number is that of this question.
        return (await answered.promise) as StageAnswers[Question];
      } finally {
        clearTimeout(timer);
        waiting.delete(number);
      }
    },
    answer: (number, answer) => waiting.get(number)?.resolve(answer),
    fail(error) {
      failure ??= { error };
      // One by one: all answers of the process's life would be held by one promise that is raced with each of them.
      for (const answered of waiting.values()) answered.reject(error);
    },
  };
}
