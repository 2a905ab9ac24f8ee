import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { expect, test } from 'vitest';
import { createHeldTables } from '../../packages/detect/src/held-tables.ts';
import { createRecordTable, seriesPerChunk } from '../../packages/detect/src/record-table.ts';
import { tenantId } from './fault-recording.ts';

const scope = 'held-tables-test';
const gauge = 'heliosiq_test_unwatched';

function tablesOn(states = createMemoryStateStore(), seriesMax = 1000) {
  const logger = createMemoryLogger();
  const meter = createMemoryMeter();
  const tables = createHeldTables({
    ...{ states, scope, logger, seriesMax, headNumbers: 1, lostMessage: 'learnt anew' },
    unwatched: meter.gauge({ name: gauge, help: 'of a test' }),
    createTable: () => createRecordTable({ numbersPerSeries: 2, contents: 'tests', cure: 'drop it' }),
    createWatch: (table) => ({ table }),
  });
  return { states, logger, meter, tables };
}

test('what was saved is there again for whoever comes next, the numbers beside the table too', async () => {
  const { states, tables } = tablesOn();
  const each = await tables.of(tenantId, 3);
  for (let ref = 1; ref <= 2 * seriesPerChunk; ref += 1) {
    const place = each.placeOf(ref);
    each.table.numbers()[place + 1] = 5 * ref;
  }
  each.head[0] = 42;
  await tables.save();
  const again = await tablesOn(states).tables.of(tenantId, 3);
  expect(again.head[0]).toBe(42);
  expect(again.watch.table).toBe(again.table);
  expect(again.table.size()).toBe(2 * seriesPerChunk);
  expect(again.table.numbers()[again.placeOf(200) + 1]).toBe(1000);
  expect((await tablesOn(states).tables.of(tenantId, 4)).table.size()).toBe(0);
});

test('what was not saved is forgotten, and what nobody changed is not written again', async () => {
  const { states, tables } = tablesOn();
  const first = await tables.of(tenantId, 3);
  const place = first.placeOf(7);
  first.table.numbers()[place + 1] = 1;
  await tables.save();
  first.table.numbers()[first.table.find(7) + 1] = 2;
  await tables.save();
  expect((await tables.of(tenantId, 3)).table).toBe(first.table);
  tables.forget();
  const again = await tables.of(tenantId, 3);
  expect(again.table.numbers()[again.table.find(7) + 1]).toBe(1);
  again.table.numbers()[again.table.find(7) + 1] = 3;
  again.changed(again.table.find(7));
  await tables.save();
  const last = await tablesOn(states).tables.of(tenantId, 3);
  expect(last.table.numbers()[last.table.find(7) + 1]).toBe(3);
});

test('a series for which there is no room is turned away and counted', async () => {
  const { tables, meter } = tablesOn(createMemoryStateStore(), 2);
  const each = await tables.of(tenantId, 0);
  expect([1, 2, 3, 1, 3].map((ref) => each.placeOf(ref))).toEqual([0, 2, -1, 0, -1]);
  await tables.save();
  expect(meter.value(gauge)).toBe(2);
});

test('a stored table that cannot be read is learnt anew, and the log says so', async () => {
  const { states, tables, logger } = tablesOn();
  await states.put(tenantId, scope, [
    { key: '5', bytes: new Uint8Array(Float64Array.of(1, 0).buffer) },
    { key: '5-0', bytes: new Uint8Array(7) },
  ]);
  expect((await tables.of(tenantId, 5)).table.size()).toBe(0);
  expect(logger.lines.map(({ message }) => message)).toEqual(['learnt anew']);
});
