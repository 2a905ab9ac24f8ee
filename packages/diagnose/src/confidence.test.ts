import { expect, test } from 'vitest';
import { confidenceOf, verdictOf } from './confidence.ts';

const clear = { scores: [0.8, 0.1], symptomSeverity: 8, topologyKnown: true, baselineCount: 100 };

test('a clear leader with a clear symptom is a fault', () => {
  const confidence = confidenceOf(clear);
  expect(confidence.causes[0]).toBeGreaterThan(0.9);
  expect(verdictOf(confidence)).toMatchObject({ verdict: 'fault' });
});

test('a tie is inconclusive, not a coin thrown', () => {
  expect(verdictOf(confidenceOf({ ...clear, scores: [0.8, 0.79] })).verdict).toBe('inconclusive');
});

test('a change that nobody feels is no fault', () => {
  expect(verdictOf(confidenceOf({ ...clear, scores: [0.5, 0.1], symptomSeverity: 0.2 })).verdict).toBe('no-fault');
});

test('no topology caps and a short past lowers the confidence', () => {
  expect(confidenceOf({ ...clear, topologyKnown: false }).causes[0]).toBe(0.6);
  expect(confidenceOf({ ...clear, baselineCount: 2 }).causes[0]).toBeLessThan(0.85);
});

test('a symptom hardly felt supports no sure answer', () => {
  expect(confidenceOf({ ...clear, symptomSeverity: 2 }).causes[0]).toBeLessThanOrEqual(0.7);
});

test('no suspect at all is no fault', () => {
  expect(verdictOf(confidenceOf({ ...clear, scores: [], symptomSeverity: 0 })).verdict).toBe('no-fault');
});
