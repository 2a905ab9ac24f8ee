import { expect, test } from 'vitest';
import { decadesOfStep } from './alarm-rate.ts';

const minuteMs = 60_000;

test('a five-minute series, and one whose step is not known, is at the reference', () => {
  expect(decadesOfStep(5 * minuteMs)).toBe(0);
  expect(decadesOfStep(0)).toBe(0);
});

test('a decade of step is a decade, up to two on either side', () => {
  expect(decadesOfStep(50 * minuteMs)).toBeCloseTo(1);
  expect(decadesOfStep(0.5 * minuteMs)).toBeCloseTo(-1);
  expect(decadesOfStep(1e12)).toBe(2);
  expect(decadesOfStep(1e-3)).toBe(-2);
});
