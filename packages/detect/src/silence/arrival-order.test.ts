import { expect, test } from 'vitest';
import { createArrivalOrder } from './arrival-order.ts';

function recordOf(samples: readonly (readonly [row: number, at: number, value?: number])[]) {
  return {
    columns: {
      refs: Float64Array.from(samples, ([row]) => row),
      times: Float64Array.from(samples, ([, at]) => at),
      values: Float64Array.from(samples, ([, , value = 1]) => value),
    },
    rows: Int32Array.from(samples, ([row]) => row),
    latestAt: 100,
  };
}

test('each series comes once a record, with its times in their order, whatever the order of the record', () => {
  const inOrder = createArrivalOrder();
  const arrivals = (samples: Parameters<typeof recordOf>[0]) =>
    [...inOrder(recordOf(samples))].map(({ row, times }) => [row, ...times]);
  expect(
    arrivals([
      [7, 5],
      [2, 4],
      [7, 3],
      [2, 6],
    ]),
  ).toEqual([
    [7, 3, 5],
    [2, 4, 6],
  ]);
  // No record is mistaken for the one before it.
  expect(
    arrivals([
      [2, 7],
      [2, 8],
    ]),
  ).toEqual([[2, 7, 8]]);
});

test('a record with one sample of each series is read sample by sample, without those of no value or of too late a time', () => {
  const seen: number[][] = [];
  const record = recordOf([
    [3, 10],
    [1, 20, Number.NaN],
    [900, 30],
    [2, 101],
    [0, 100],
  ]);
  for (const { row, times } of createArrivalOrder()(record)) seen.push([row, ...times]);
  expect(seen).toEqual([
    [3, 10],
    [900, 30],
    [0, 100],
  ]);
});
