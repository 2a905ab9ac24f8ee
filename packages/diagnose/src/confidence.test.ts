import { expect, test } from 'vitest';
import { confidenceOf, verdictOf } from './confidence.ts';

const clear = {
  scores: [0.8, 0.1],
  symptomSeverity: 8,
  topologyKnown: true,
  baselineCount: 100,
  detectedDecades: 0,
  echo: undefined,
  isFeltAtFirst: false,
};

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

test('what a detector is sure of is not called no fault', () => {
  const hardlySeen = { ...clear, scores: [0.02], symptomSeverity: 1 };
  expect(verdictOf(confidenceOf(hardlySeen)).verdict).toBe('no-fault');
  expect(verdictOf(confidenceOf({ ...hardlySeen, detectedDecades: 2 })).verdict).toBe('inconclusive');
});

test('trouble that no caller feels is never a sure answer', () => {
  expect(confidenceOf({ ...clear, echo: 0.1 }).causes[0]).toBe(0.75);
  expect(confidenceOf({ ...clear, echo: 0.9 }).causes[0]).toBeGreaterThan(0.9);
});

test('a leader far ahead in sure trouble is named although it is less likely than not', () => {
  const causes = [0.45, 0.2];
  expect(verdictOf({ fault: 0.9, causes, isDetected: true })).toEqual({ verdict: 'fault', confidence: 0.45 });
  expect(verdictOf({ fault: 0.9, causes: [0.45, 0.4], isDetected: true }).verdict).toBe('inconclusive');
  expect(verdictOf({ fault: 0.5, causes, isDetected: true }).verdict).toBe('inconclusive');
});

test('what an asset says of itself while nobody above confirms it is never sure', () => {
  expect(confidenceOf({ ...clear, isFeltAtFirst: true }).causes[0]).toBeLessThan(0.8);
  expect(confidenceOf({ ...clear, isFeltAtFirst: true, echo: 0.9 }).causes[0]).toBeGreaterThan(0.9);
});

test('requests that clearly go wrong at one place make a fault without any symptom among the metrics', () => {
  const told = { score: 0.8, by: 'requests' } as const;
  expect(verdictOf(confidenceOf({ ...clear, symptomSeverity: 0, told })).verdict).toBe('fault');
});

test('alarms alone never make a sure answer, and never an all-clear', () => {
  const alarmed = { ...clear, symptomSeverity: 0, scores: [0.9, 0.1], told: { score: 0.9, by: 'alarms' } as const };
  expect(confidenceOf(alarmed).causes[0]).toBeLessThan(0.8);
  const faint = { ...alarmed, scores: [0.2, 0.19], told: { score: 0.2, by: 'alarms' } as const };
  expect(verdictOf(confidenceOf(faint)).verdict).toBe('inconclusive');
});

test('what was seen and could not be judged is no all-clear', () => {
  const quiet = { fault: 0.01, causes: [0.005], isDetected: false };
  expect(verdictOf(quiet)).toEqual({ verdict: 'no-fault', confidence: 0.99 });
  expect(verdictOf(quiet, { isAllLookedAt: false }).verdict).toBe('inconclusive');
});
