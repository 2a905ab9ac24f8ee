import type { TenantId } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import type { RecordRun } from './group-consumer.ts';
import { createLogTail } from './log-tail.ts';

const tenantId = 'acme' as TenantId; // a literal of the branded form
const bounds = { bytesMax: 1_000_000, recordsMax: 1000 };

function runOf(firstOffset: number, count: number, { partition = 0, valueBytes = 1 } = {}): RecordRun {
  const place = { topic: 'signals', partition } as const;
  const records = Array.from({ length: count }, (_, index) => ({
    ...place,
    ...{ tenantId, key: 'k', id: `${partition}/${firstOffset + index}`, value: new Uint8Array(valueBytes) },
    ...{ offset: firstOffset + index, appendedAt: 1 },
  }));
  return { ...place, records, nextOffset: firstOffset + count };
}

function offsetsOf(runs: readonly RecordRun[] | undefined): readonly number[] | undefined {
  return runs?.flatMap(({ records }) => records.map(({ offset }) => offset));
}

describe('the tail of the log', () => {
  test('gives what follows a position, also from the middle of a run', () => {
    const tail = createLogTail();
    tail.add(runOf(10, 3));
    tail.add(runOf(13, 2));
    expect(offsetsOf(tail.read({ topic: 'signals', partition: 0, fromOffset: 11 }, bounds))).toEqual([11, 12, 13, 14]);
    expect(offsetsOf(tail.read({ topic: 'signals', partition: 0, fromOffset: 15 }, bounds))).toEqual([]);
  });

  test('says nothing of positions that it does not reach', () => {
    const tail = createLogTail();
    tail.add(runOf(10, 3));
    expect(tail.read({ topic: 'signals', partition: 0, fromOffset: 9 }, bounds)).toBeUndefined();
    expect(tail.read({ topic: 'signals', partition: 0, fromOffset: 14 }, bounds)).toBeUndefined();
    expect(tail.read({ topic: 'signals', partition: 1, fromOffset: 10 }, bounds)).toBeUndefined();
    expect(tail.read({ topic: 'anomalies', partition: 0, fromOffset: 10 }, bounds)).toBeUndefined();
  });

  test('starts anew behind records that another process appended', () => {
    const tail = createLogTail();
    tail.add(runOf(0, 2));
    tail.add(runOf(5, 2));
    expect(tail.read({ topic: 'signals', partition: 0, fromOffset: 0 }, bounds)).toBeUndefined();
    expect(offsetsOf(tail.read({ topic: 'signals', partition: 0, fromOffset: 5 }, bounds))).toEqual([5, 6]);
  });

  test('keeps to the bounds, and gives at least one run', () => {
    const tail = createLogTail();
    for (let run = 0; run < 4; run += 1) tail.add(runOf(run * 2, 2, { valueBytes: 100 }));
    const from = { topic: 'signals', partition: 0, fromOffset: 0 } as const;
    expect(offsetsOf(tail.read(from, { bytesMax: 1, recordsMax: 1000 }))).toEqual([0, 1]);
    expect(offsetsOf(tail.read(from, { bytesMax: 1_000_000, recordsMax: 3 }))).toEqual([0, 1, 2, 3]);
  });

  test('lets the oldest go when it is full, of whichever partition', () => {
    const tail = createLogTail(3000);
    tail.add(runOf(0, 1, { valueBytes: 1000 }));
    tail.add(runOf(0, 1, { partition: 1, valueBytes: 1000 }));
    tail.add(runOf(1, 1, { valueBytes: 1000 }));
    expect(tail.read({ topic: 'signals', partition: 0, fromOffset: 0 }, bounds)).toBeUndefined();
    expect(offsetsOf(tail.read({ topic: 'signals', partition: 0, fromOffset: 1 }, bounds))).toEqual([1]);
    expect(offsetsOf(tail.read({ topic: 'signals', partition: 1, fromOffset: 0 }, bounds))).toEqual([0]);
  });

  test('makes room in the right order also after it started anew', () => {
    const tail = createLogTail(4000);
    tail.add(runOf(0, 1, { valueBytes: 1000 }));
    tail.add(runOf(0, 1, { partition: 1, valueBytes: 1000 }));
    tail.add(runOf(7, 1, { valueBytes: 1000 }));
    tail.add(runOf(8, 1, { valueBytes: 1000 }));
    expect(offsetsOf(tail.read({ topic: 'signals', partition: 1, fromOffset: 0 }, bounds))).toBeUndefined();
    expect(offsetsOf(tail.read({ topic: 'signals', partition: 0, fromOffset: 7 }, bounds))).toEqual([7, 8]);
  });

  test('knows where the log ends once it was found out, and also when nothing is held any more', () => {
    const tail = createLogTail(3000);
    const at = (fromOffset: number) => tail.read({ topic: 'signals', partition: 0, fromOffset }, bounds);
    tail.noteEnd({ topic: 'signals', partition: 0, fromOffset: 4 });
    expect(at(4)).toEqual([]);
    expect(at(3)).toBeUndefined();
    tail.add(runOf(4, 1, { valueBytes: 1000 }));
    tail.noteEnd({ topic: 'signals', partition: 0, fromOffset: 4 });
    expect(offsetsOf(at(4))).toEqual([4]);
    expect(at(5)).toEqual([]);
    for (let run = 0; run < 3; run += 1) tail.add(runOf(run, 1, { partition: 1, valueBytes: 1000 }));
    expect(at(4)).toBeUndefined();
    expect(at(5)).toEqual([]);
  });

  test('what is held does not hide what others appended before a later end', () => {
    const tail = createLogTail();
    tail.add(runOf(0, 2));
    tail.noteEnd({ topic: 'signals', partition: 0, fromOffset: 5 });
    expect(tail.read({ topic: 'signals', partition: 0, fromOffset: 0 }, bounds)).toBeUndefined();
    expect(tail.read({ topic: 'signals', partition: 0, fromOffset: 2 }, bounds)).toBeUndefined();
    tail.add(runOf(5, 2));
    expect(offsetsOf(tail.read({ topic: 'signals', partition: 0, fromOffset: 5 }, bounds))).toEqual([5, 6]);
  });

  test('keeps no more memory than its records need, and their values as they were', () => {
    const tail = createLogTail();
    const run = runOf(0, 3);
    const records = run.records.map((record, index) => ({ ...record, value: Buffer.from(`value ${index}`) }));
    tail.add({ ...run, records });
    const read = tail.read({ topic: 'signals', partition: 0, fromOffset: 0 }, bounds);
    const values = read?.flatMap((one) => one.records.map(({ value }) => value)) ?? [];
    expect(values.map((value) => Buffer.from(value).toString())).toEqual(['value 0', 'value 1', 'value 2']);
    expect(new Set(values.map(({ buffer }) => buffer)).size).toBe(1);
    expect(values[0]?.buffer.byteLength).toBe(3 * 'value 0'.length);
  });

  test('forgets what all readers have read, each run by itself', () => {
    const tail = createLogTail();
    const read = (fromOffset: number, recordsMax = 1000) =>
      offsetsOf(tail.read({ topic: 'signals', partition: 0, fromOffset }, { ...bounds, recordsMax }));
    using _first = tail.addReader(['signals', 'anomalies']);
    using _second = tail.addReader(['signals']);
    tail.add(runOf(0, 2));
    tail.add(runOf(2, 2));
    expect(read(0)).toEqual([0, 1, 2, 3]);
    expect(read(0, 1)).toEqual([0, 1]);
    expect(read(0)).toBeUndefined();
    expect(read(2)).toEqual([2, 3]);
    expect(read(2)).toBeUndefined();
    expect(read(4)).toEqual([]);
    tail.add(runOf(4, 1));
    expect(read(4)).toEqual([4]);
  });

  test('waits for no reader that is gone', () => {
    const tail = createLogTail();
    const at = { topic: 'signals', partition: 0, fromOffset: 0 } as const;
    using _stays = tail.addReader(['signals']);
    const leaves = tail.addReader(['signals']);
    tail.add(runOf(0, 2));
    leaves[Symbol.dispose]();
    expect(offsetsOf(tail.read(at, bounds))).toEqual([0, 1]);
    expect(tail.read(at, bounds)).toBeUndefined();
  });

  test('makes room for others when what was read is gone', () => {
    const tail = createLogTail(3000);
    const at = (partition: number) => tail.read({ topic: 'signals', partition, fromOffset: 0 }, bounds);
    using _reader = tail.addReader(['signals']);
    for (const partition of [0, 1]) tail.add(runOf(0, 1, { partition, valueBytes: 1000 }));
    expect(offsetsOf(at(1))).toEqual([0]);
    tail.add(runOf(0, 1, { partition: 2, valueBytes: 1000 }));
    expect(offsetsOf(at(0))).toEqual([0]);
    expect(offsetsOf(at(2))).toEqual([0]);
  });

  test('is empty once cleared', () => {
    const tail = createLogTail();
    tail.add(runOf(0, 2));
    tail.clear();
    expect(tail.read({ topic: 'signals', partition: 0, fromOffset: 0 }, bounds)).toBeUndefined();
  });
});
