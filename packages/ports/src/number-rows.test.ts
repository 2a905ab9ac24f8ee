import { expect, test } from 'vitest';
import { createNumberRows } from './number-rows.ts';

test('rows keep their numbers while others come and go', () => {
  const rows = createNumberRows(2);
  const kept = Array.from({ length: 1000 }, (_, index) => rows.add([index, -index]));
  expect(new Set(kept).size).toBe(1000);
  for (const row of kept.filter((_, index) => index % 2 === 0)) rows.remove(row);
  for (let index = 0; index < 2000; index += 1) rows.add([0.5, 0.5]);
  expect(rows.size).toBe(2500);
  const odd = kept.filter((_, index) => index % 2 === 1);
  expect(odd.map((row) => [rows.get(row, 0), rows.get(row, 1)])).toEqual(
    Array.from({ length: 500 }, (_, index) => [2 * index + 1, -(2 * index + 1)]),
  );
});

test('the place of a row that is removed is taken by the next one', () => {
  const rows = createNumberRows(3);
  const [first, second] = [rows.add([1, 2, 3]), rows.add([4, 5, 6])];
  rows.remove(first);
  expect(rows.size).toBe(1);
  expect(rows.add([7, 8, 9])).toBe(first);
  expect([0, 1, 2].map((column) => rows.get(first, column))).toEqual([7, 8, 9]);
  expect([0, 1, 2].map((column) => rows.get(second, column))).toEqual([4, 5, 6]);
});

test('a value is set alone, and infinities are values', () => {
  const rows = createNumberRows(2);
  const row = rows.add([Infinity, 1.5]);
  const next = rows.add([0, 0]);
  rows.set(row, 1, -Infinity);
  expect([rows.get(row, 0), rows.get(row, 1), rows.get(next, 0)]).toEqual([Infinity, -Infinity, 0]);
});
