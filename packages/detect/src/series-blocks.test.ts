import { expect, test } from 'vitest';
import { gatherBlocks } from './series-blocks.ts';

const recordOf = (rows: readonly number[], times: readonly number[]) => ({
  columns: {
    refs: Float64Array.from(rows, (row) => 10 * row),
    times: Float64Array.from(times),
    values: Float64Array.from(times, (at) => -at),
  },
  rows: Int32Array.from(rows),
  appendedAt: 0,
});

test('samples of several records lie series by series, each in the order in which they came', async () => {
  const records = [recordOf([4, 1, 4], [1, 2, 3]), recordOf([], []), recordOf([0, 4, 1], [9, 5, 6])];
  const blocks = await gatherBlocks(records, 6, () => undefined);
  expect(blocks.rows).toEqual(Int32Array.of(4, 1, 0));
  expect(blocks.ends).toEqual(Int32Array.of(3, 5, 6));
  expect(blocks.times).toEqual(Float64Array.of(1, 3, 5, 2, 6, 9));
  expect(blocks.values).toEqual(blocks.times.map((at) => -at));
});

test('where nothing came there is nothing', async () => {
  const blocks = await gatherBlocks([], 3, () => undefined);
  expect([blocks.rows.length, blocks.ends.length, blocks.times.length]).toEqual([0, 0, 0]);
});
