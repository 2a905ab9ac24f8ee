import { expect, test } from 'vitest';
import type { ToStages } from './stages-apart-messages.ts';
import { createStageQuestions } from './stage-questions.ts';

test('answers go to who asked, in whatever order they come', async () => {
  const told: ToStages[] = [];
  const questions = createStageQuestions((message) => told.push(message));
  const first = questions.ask('health');
  const second = questions.ask('health');
  expect(told).toEqual([
    { kind: 'ask', ask: 'health', number: 1 },
    { kind: 'ask', ask: 'health', number: 2 },
  ]);
  questions.answer(2, [{ name: 'second', ok: true, latencyMs: 0 }]);
  questions.answer(1, [{ name: 'first', ok: true, latencyMs: 0 }]);
  expect([await first, await second]).toMatchObject([[{ name: 'first' }], [{ name: 'second' }]]);
});

test('who is not answered is told so after the time', async () => {
  const questions = createStageQuestions(() => undefined);
  await expect(questions.ask('figures', 1)).rejects.toMatchObject({ code: 'timeout' });
});

test('the end of the process ends all that wait, and whatever is asked later', async () => {
  const questions = createStageQuestions(() => undefined);
  const waiting = [questions.ask('figures'), questions.ask('health')];
  questions.fail(new Error('the process ended'));
  questions.fail(new Error('and was told so twice'));
  const outcomes = await Promise.allSettled([...waiting, questions.ask('health')]);
  expect(outcomes.map((one) => (one.status === 'rejected' ? String(one.reason) : one.status))).toEqual([
    'Error: the process ended',
    'Error: the process ended',
    'Error: the process ended',
  ]);
});
