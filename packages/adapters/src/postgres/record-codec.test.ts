import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { NewRecord } from '@heliosiq/ports';
import { decodeRecords, encodeRecords } from './record-codec.ts';

/** Records with plain buffers, to compare with what was given. */
function roundTrip(records: readonly NewRecord[]): readonly NewRecord[] {
  return decodeRecords(encodeRecords(records), records.length).map((record) => ({
    ...record,
    value: Buffer.from(record.value),
  }));
}

test('keys, ids, headers and values come back as they were given, whatever their lengths', () => {
  const texts = ['', 'a', 'ü'.repeat(42), '🔑'.repeat(21), 'x'.repeat(127), 'é'.repeat(64), 'long '.repeat(5000)];
  const records = texts.flatMap((key, index) => [
    { key, id: texts[texts.length - 1 - index] ?? '', value: Buffer.from(key) },
    { key: 'h', id: 'h', value: Buffer.alloc(0), headers: { [`name ${index}`]: key, ß: 'ü' } },
  ]);
  expect(roundTrip(records)).toEqual(records);
});

test('repetitive segments shrink, random ones hardly grow', () => {
  const json = Array.from({ length: 500 }, (_, index) => ({
    ...{ key: `host-${index}`, id: `r-${index}` },
    value: Buffer.from(
      JSON.stringify({ asset: `host-${index}`, metric: 'latency', at: 1_700_000_000_000 + index, value: 1 }),
    ),
  }));
  const jsonBytes = json.reduce((sum, record) => sum + record.value.length, 0);
  expect(encodeRecords(json).length).toBeLessThan(jsonBytes / 3);
  const random = [{ key: 'k', id: 'i', value: randomBytes(100_000) }];
  expect(encodeRecords(random).length).toBeLessThan(100_100);
  expect(roundTrip(random)).toEqual(random);
});

test('a damaged segment is an error, not wrong records', () => {
  const records = [{ key: 'key', id: 'id', value: Buffer.from('value') }];
  const payload = encodeRecords(records);
  expect(() => decodeRecords(payload.subarray(0, payload.length - 2), 1)).toThrow(/cannot be read/);
  expect(() => decodeRecords(payload, 2)).toThrow(/cannot be read/);
  expect(() => decodeRecords(Buffer.of(9, 1, 2), 1)).toThrow(/cannot be read/);
});
