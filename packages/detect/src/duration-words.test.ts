import { expect, test } from 'vitest';
import { durationWords } from './duration-words.ts';

test.each([
  [0.25, '0.25 s'],
  [90, '90 s'],
  [120, '2 minutes'],
  [3600, '1 hour'],
  [3660, '1 hour 1 minute'],
  [7500, '2 hours 5 minutes'],
  [86_400, '1 day'],
  [2 * 86_400 + 3600, '2 days 1 hour'],
  [86_399, '1 day'],
])('%d seconds are %s', (seconds, words) => {
  expect(durationWords(seconds)).toBe(words);
});
