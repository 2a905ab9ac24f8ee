import { expect, test } from 'vitest';
import { stepOf, stepsOf } from './log-steps.ts';

test.each([
  [60_000, 60, 1000],
  [3_600_000, 60, 60_000],
  [3_600_000, 50, 120_000],
  [86_400_000, 100, 900_000],
  [30 * 86_400_000, 30, 86_400_000],
  [8000 * 86_400_000, 500, 3 * 7 * 86_400_000],
])('%d ms in at most %d steps: one is %d ms', (length, steps, stepMs) => {
  expect(stepOf({ from: 0, to: length }, steps)).toBe(stepMs);
});

test('steps cover the range and begin at multiples of their length, also before 1970', () => {
  expect(stepsOf({ from: 1500, to: 4001 }, 1000)).toEqual({ from: 1000, stepMs: 1000, counts: [0, 0, 0, 0] });
  expect(stepsOf({ from: -1500, to: 0 }, 1000)).toEqual({ from: -2000, stepMs: 1000, counts: [0, 0] });
});
