import type { TenantId } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import type { ReadPosition, RecordRun } from './group-consumer.ts';
import { createLogTail, type LogTail, type TailBounds, type TailReader } from './log-tail.ts';

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

function read(reader: TailReader, fromOffset: number, recordsMax = 1000): readonly number[] | undefined {
  return offsetsOf(reader.read({ topic: 'signals', partition: 0, fromOffset }, { ...bounds, recordsMax }));
}

/** What a reader would get; another one stays there, so that it is held. */
function peek(tail: LogTail, position: ReadPosition, within: TailBounds): readonly RecordRun[] | undefined {
  tail.openReader().read(position, { ...within, recordsMax: 0 });
  const reader = tail.openReader();
  const found = reader.read(position, within);
  reader.leave();
  return found;
}

describe('the tail of the log', () => {
  test('gives what follows a position, also from the middle of a run', () => {
    const tail = createLogTail();
    tail.add(runOf(10, 3));
    tail.add(runOf(13, 2));
    expect(offsetsOf(peek(tail, { topic: 'signals', partition: 0, fromOffset: 11 }, bounds))).toEqual([11, 12, 13, 14]);
    expect(offsetsOf(peek(tail, { topic: 'signals', partition: 0, fromOffset: 15 }, bounds))).toEqual([]);
  });

  test('says nothing of positions that it does not reach', () => {
    const tail = createLogTail();
    tail.add(runOf(10, 3));
    expect(peek(tail, { topic: 'signals', partition: 0, fromOffset: 9 }, bounds)).toBeUndefined();
    expect(peek(tail, { topic: 'signals', partition: 0, fromOffset: 14 }, bounds)).toBeUndefined();
    expect(peek(tail, { topic: 'signals', partition: 1, fromOffset: 10 }, bounds)).toBeUndefined();
    expect(peek(tail, { topic: 'anomalies', partition: 0, fromOffset: 10 }, bounds)).toBeUndefined();
  });

  test('starts anew behind records that another process appended', () => {
    const tail = createLogTail();
    tail.add(runOf(0, 2));
    tail.add(runOf(5, 2));
    expect(peek(tail, { topic: 'signals', partition: 0, fromOffset: 0 }, bounds)).toBeUndefined();
    expect(offsetsOf(peek(tail, { topic: 'signals', partition: 0, fromOffset: 5 }, bounds))).toEqual([5, 6]);
  });

  test('keeps to the bounds, and gives at least one run', () => {
    const tail = createLogTail();
    for (let run = 0; run < 4; run += 1) tail.add(runOf(run * 2, 2, { valueBytes: 100 }));
    const from = { topic: 'signals', partition: 0, fromOffset: 0 } as const;
    expect(offsetsOf(peek(tail, from, { bytesMax: 1, recordsMax: 1000 }))).toEqual([0, 1]);
    expect(offsetsOf(peek(tail, from, { bytesMax: 1_000_000, recordsMax: 3 }))).toEqual([0, 1, 2, 3]);
  });

  test('lets the oldest go when it is full, of whichever partition', () => {
    const tail = createLogTail(3000);
    tail.add(runOf(0, 1, { valueBytes: 1000 }));
    tail.add(runOf(0, 1, { partition: 1, valueBytes: 1000 }));
    tail.add(runOf(1, 1, { valueBytes: 1000 }));
    expect(peek(tail, { topic: 'signals', partition: 0, fromOffset: 0 }, bounds)).toBeUndefined();
    expect(offsetsOf(peek(tail, { topic: 'signals', partition: 0, fromOffset: 1 }, bounds))).toEqual([1]);
    expect(offsetsOf(peek(tail, { topic: 'signals', partition: 1, fromOffset: 0 }, bounds))).toEqual([0]);
  });

  test('makes room in the right order also after it started anew', () => {
    const tail = createLogTail(4000);
    tail.add(runOf(0, 1, { valueBytes: 1000 }));
    tail.add(runOf(0, 1, { partition: 1, valueBytes: 1000 }));
    tail.add(runOf(7, 1, { valueBytes: 1000 }));
    tail.add(runOf(8, 1, { valueBytes: 1000 }));
    expect(offsetsOf(peek(tail, { topic: 'signals', partition: 1, fromOffset: 0 }, bounds))).toBeUndefined();
    expect(offsetsOf(peek(tail, { topic: 'signals', partition: 0, fromOffset: 7 }, bounds))).toEqual([7, 8]);
  });

  test('knows where the log ends once it was found out, and also when nothing is held any more', () => {
    const tail = createLogTail(3000);
    const at = (fromOffset: number) => peek(tail, { topic: 'signals', partition: 0, fromOffset }, bounds);
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
    expect(peek(tail, { topic: 'signals', partition: 0, fromOffset: 0 }, bounds)).toBeUndefined();
    expect(peek(tail, { topic: 'signals', partition: 0, fromOffset: 2 }, bounds)).toBeUndefined();
    tail.add(runOf(5, 2));
    expect(offsetsOf(peek(tail, { topic: 'signals', partition: 0, fromOffset: 5 }, bounds))).toEqual([5, 6]);
  });

  test('keeps no more memory than its records need, and their values as they were', () => {
    const tail = createLogTail();
    const run = runOf(0, 3);
    const records = run.records.map((record, index) => ({ ...record, value: Buffer.from(`value ${index}`) }));
    tail.add({ ...run, records });
    const read = peek(tail, { topic: 'signals', partition: 0, fromOffset: 0 }, bounds);
    const values = read?.flatMap((one) => one.records.map(({ value }) => value)) ?? [];
    expect(values.map((value) => Buffer.from(value).toString())).toEqual(['value 0', 'value 1', 'value 2']);
    expect(new Set(values.map(({ buffer }) => buffer)).size).toBe(1);
    expect(values[0]?.buffer.byteLength).toBe(3 * 'value 0'.length);
  });

  test('forgets what all readers have read, each run by itself', () => {
    const tail = createLogTail();
    const [first, second] = [tail.openReader(), tail.openReader()];
    tail.add(runOf(0, 2));
    tail.add(runOf(2, 2));
    expect(read(second, 0, 0)).toEqual([]);
    expect(read(first, 0)).toEqual([0, 1, 2, 3]);
    expect(read(second, 0, 1)).toEqual([0, 1]);
    expect(read(tail.openReader(), 0)).toBeUndefined();
    expect(read(second, 2)).toEqual([2, 3]);
    expect(read(second, 2)).toBeUndefined();
    expect(read(second, 4)).toEqual([]);
    tail.add(runOf(4, 1));
    expect(read(second, 4)).toEqual([4]);
  });

  test('holds nothing for a reader that read it elsewhere', () => {
    const tail = createLogTail();
    const [first, second, late] = [tail.openReader(), tail.openReader(), tail.openReader()];
    tail.add(runOf(0, 2));
    expect(read(second, 0, 0)).toEqual([]);
    expect(read(first, 0)).toEqual([0, 1]);
    // The second one found them in the database.
    expect(read(second, 2)).toEqual([]);
    expect(read(late, 0)).toBeUndefined();
  });

  test('holds nothing for a reader that is far behind', () => {
    const tail = createLogTail();
    const [first, behind] = [tail.openReader(), tail.openReader()];
    tail.add(runOf(10, 2));
    expect(read(behind, 3)).toBeUndefined();
    expect(read(first, 10)).toEqual([10, 11]);
    expect(read(tail.openReader(), 10)).toBeUndefined();
    tail.add(runOf(12, 1));
    expect(read(behind, 12, 0)).toEqual([]);
    expect(read(first, 12)).toEqual([12]);
    expect(read(behind, 12)).toEqual([12]);
  });

  test('waits for no reader that is gone, and for it again when it comes back', () => {
    const tail = createLogTail();
    const [stays, leaves] = [tail.openReader(), tail.openReader()];
    tail.add(runOf(0, 2));
    expect(read(leaves, 0, 0)).toEqual([]);
    leaves.leave();
    expect(read(stays, 0)).toEqual([0, 1]);
    expect(read(leaves, 0)).toBeUndefined();
    expect(read(leaves, 2)).toEqual([]);
    tail.add(runOf(2, 1));
    expect(read(stays, 2)).toEqual([2]);
    expect(read(leaves, 2)).toEqual([2]);
  });

  test('makes room for others when what was read is gone', () => {
    const tail = createLogTail(3000);
    const reader = tail.openReader();
    const at = (partition: number) => reader.read({ topic: 'signals', partition, fromOffset: 0 }, bounds);
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
    expect(peek(tail, { topic: 'signals', partition: 0, fromOffset: 0 }, bounds)).toBeUndefined();
  });
});
