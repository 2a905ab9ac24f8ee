import { expect, test } from 'vitest';
import { createNormal } from '../testing/random-series.ts';
import { assetShiftDefaults } from './asset-shift-settings.ts';
import { createAssetShift, type ShiftVerdict } from './asset-shift.ts';

const { learnRows, newNormalRows } = assetShiftDefaults;

/** Verdicts on three noisy sensors; `offset` tells how far one of them is off at a row, in units of its noise. */
function verdictsOf(rows: number, offset: (row: number, sensor: number) => number): ShiftVerdict[] {
  const normal = createNormal(7);
  const shift = createAssetShift(3);
  return Array.from({ length: rows }, (_, row) =>
    shift.update([0, 1, 2].map((sensor) => 100 * (sensor + 1) + (normal() + offset(row, sensor)) * (sensor + 1))),
  );
}

const flagged = (verdicts: readonly ShiftVerdict[], from: number, to: number): number =>
  verdicts.slice(from, to).filter(({ isShifted }) => isShifted).length;

test('noise alone is almost never a shift, and nothing is said while learning', () => {
  const verdicts = verdictsOf(5000, () => 0);
  expect(flagged(verdicts, 0, learnRows)).toBe(0);
  expect(flagged(verdicts, learnRows, 5000)).toBeLessThan(100);
});

test('a shift is told soon, with the sensor that shows it, and ends when that sensor is back', () => {
  const verdicts = verdictsOf(1200, (row, sensor) => (sensor === 1 && row >= 600 && row < 900 ? 10 : 0));
  expect(flagged(verdicts, 610, 900)).toBe(290);
  expect(verdicts[700]?.shares[1]).toBeGreaterThan(0.9);
  expect(flagged(verdicts, 960, 1200)).toBe(0);
  expect(verdicts[1100]?.shares).toEqual([0, 0, 0]);
});

test('a drift of another sensor does not hold a shift whose leader is back', () => {
  const verdicts = verdictsOf(1400, (row, sensor) => {
    if (sensor === 0 && row >= 600 && row < 900) return 25;
    return sensor === 2 && row >= 600 ? 4 : 0;
  });
  expect(flagged(verdicts, 620, 890)).toBe(270);
  expect(flagged(verdicts, 1000, 1400)).toBe(0);
});

test('a state that lasts is the new normal, and leaving it is a shift again', () => {
  const back = 650 + newNormalRows + 400;
  const verdicts = verdictsOf(back + 100, (row, sensor) => (sensor === 1 && row >= 600 && row < back ? 12 : 0));
  expect(flagged(verdicts, 620, 600 + newNormalRows)).toBe(newNormalRows - 20);
  expect(flagged(verdicts, 600 + newNormalRows + 50, back)).toBe(0);
  expect(flagged(verdicts, back + 10, back + 100)).toBe(90);
});

test('missing values are passed over', () => {
  const verdicts = verdictsOf(1000, (row, sensor) => {
    if (sensor === 2 && row % 3 === 0) return Number.NaN;
    return sensor === 0 && row >= 700 ? 10 : 0;
  });
  expect(flagged(verdicts, 400, 700)).toBe(0);
  expect(flagged(verdicts, 720, 1000)).toBe(280);
});
