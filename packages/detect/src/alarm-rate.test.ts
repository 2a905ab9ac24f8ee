import { expect, test } from 'vitest';
import { surpriseAtReferenceStep } from './alarm-rate.ts';

const minuteMs = 60_000;

test('a surprise of a five-minute series, and of one whose step is not known, stays as it is', () => {
  expect(surpriseAtReferenceStep(3, 5 * minuteMs)).toBe(3);
  expect(surpriseAtReferenceStep(3, 0)).toBe(3);
});

test('a series with fewer samples a week needs less to reach the threshold, one with more needs more', () => {
  expect(surpriseAtReferenceStep(3, 60 * minuteMs)).toBeGreaterThan(3.5);
  expect(surpriseAtReferenceStep(3, minuteMs)).toBeLessThan(2.7);
});

test('no step makes more of a difference than one and a half decades, and none a negative surprise', () => {
  expect(surpriseAtReferenceStep(3, 1e12)).toBe(4.5);
  expect(surpriseAtReferenceStep(3, 1e-3)).toBe(1.5);
  expect(surpriseAtReferenceStep(0.2, 1000)).toBe(0);
});
