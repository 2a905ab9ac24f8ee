import { expect, test } from 'vitest';
import { nabProfiles, nabScore } from './nab-score.ts';

const quiet = new Float64Array(1000);
const windows = [[500, 599]] as const;
const withAlarms = (...rows: number[]): Float64Array => quiet.map((_, row) => (rows.includes(row) ? 0.9 : 0));

test('silence scores 0 and an alarm at the first row of every window scores 100', () => {
  expect(nabScore([{ scores: quiet, windows }], nabProfiles.standard, 0.5).score).toBe(0);
  expect(nabScore([{ scores: withAlarms(500), windows }], nabProfiles.standard, 0.5).score).toBeCloseTo(100, 9);
});

test('only the best alarm of a window counts, and a later one is worth less', () => {
  const early = nabScore([{ scores: withAlarms(500, 550, 590), windows }], nabProfiles.standard, 0.5).score;
  const late = nabScore([{ scores: withAlarms(590), windows }], nabProfiles.standard, 0.5).score;
  expect(early).toBeCloseTo(100, 9);
  expect(late).toBeLessThan(80);
  expect(late).toBeGreaterThan(50);
});

test('an alarm before any window costs the full false alarm, one long after a window too, one in the first 15% nothing', () => {
  const cost = (...rows: number[]): number =>
    100 - nabScore([{ scores: withAlarms(500, ...rows), windows }], nabProfiles.standard, 0.5).score;
  expect(cost(300)).toBeCloseTo((100 * 0.11) / 2, 9);
  expect(cost(950)).toBeCloseTo((100 * 0.11) / 2, 9);
  expect(cost(600)).toBeLessThan(0.2);
  expect(cost(149)).toBeCloseTo(0, 9);
});

test('the best threshold leaves out what costs more than it brings', () => {
  const scores = withAlarms(500);
  scores[200] = 0.4;
  const best = nabScore([{ scores, windows }], nabProfiles.standard);
  expect(best.threshold).toBe(0.9);
  expect(best.score).toBeCloseTo(100, 9);
});
