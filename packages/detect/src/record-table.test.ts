import { expect, test } from 'vitest';
import { createRecordTable, seriesPerChunk } from './record-table.ts';

const createTable = () =>
  createRecordTable({
    numbersPerSeries: 3,
    begin: (numbers, record) => {
      numbers[record + 2] = -1;
    },
    contents: 'tests',
    cure: 'drop the state',
  });

test('numbers stay with their series while the table grows, and begin as they are told to', () => {
  const table = createTable();
  for (let ref = 1; ref <= 500; ref += 1) {
    const record = table.add(ref);
    expect([...table.numbers().subarray(record, record + 3)]).toEqual([ref, 0, -1]);
    table.numbers()[record + 1] = ref / 2;
  }
  expect(table.size()).toBe(500);
  for (let ref = 1; ref <= 500; ref += 1) expect(table.numbers()[table.find(ref) + 1]).toBe(ref / 2);
  expect(table.find(501)).toBe(-1);
});

test('a table is the same again from its chunks, of which each series is in one', () => {
  const table = createTable();
  for (let ref = 1; ref <= seriesPerChunk + 3; ref += 1) {
    const record = table.add(ref);
    table.numbers()[record + 1] = 7 * ref;
  }
  expect(table.chunkCount()).toBe(2);
  expect([1, seriesPerChunk, seriesPerChunk + 1].map((ref) => table.chunkOf(table.find(ref)))).toEqual([0, 0, 1]);
  const again = createTable();
  for (let chunk = 0; chunk < table.chunkCount(); chunk += 1) again.append(table.pack(chunk));
  expect(again.size()).toBe(table.size());
  for (let ref = 1; ref <= table.size(); ref += 1) expect(again.numbers()[again.find(ref) + 1]).toBe(7 * ref);
  expect(again.find(seriesPerChunk + 2)).toBe(table.find(seriesPerChunk + 2));
});

test('bytes that are no chunk are refused, and leave the table as it was', () => {
  const table = createTable();
  table.add(1);
  expect(() => table.append(new Uint8Array(5))).toThrow('not a table of tests');
  expect(() => table.append(new Uint8Array(24 * (seriesPerChunk + 1)))).toThrow('not a table of tests');
  expect(table.size()).toBe(1);
});
