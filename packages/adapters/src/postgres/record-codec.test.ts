import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { NewRecord } from '@heliosiq/ports';
import { decodeRecords, encodeRecords } from './record-codec.ts';

/** Records with plain buffers, to compare with what was given. */
async function roundTrip(records: readonly NewRecord[]): Promise<readonly NewRecord[]> {
  const decoded = await decodeRecords(await encodeRecords(records), records.length);
  return decoded.map((record) => ({ ...record, value: Buffer.from(record.value) }));
}

test('keys, ids, headers and values come back as they were given, whatever their lengths', async () => {
  const texts = ['', 'a', 'ü'.repeat(42), '🔑'.repeat(21), 'x'.repeat(127), 'é'.repeat(64), 'long '.repeat(5000)];
  const records = texts.flatMap((key, index) => [
    { key, id: texts[texts.length - 1 - index] ?? '', value: Buffer.from(key) },
    { key: 'h', id: 'h', value: Buffer.alloc(0), headers: { [`name ${index}`]: key, ß: 'ü' } },
  ]);
  expect(await roundTrip(records)).toEqual(records);
});

test('repetitive segments shrink, random ones hardly grow', async () => {
  const json = Array.from({ length: 1500 }, (_, index) => ({
    ...{ key: `host-${index}`, id: `r-${index}` },
    value: Buffer.from(
      JSON.stringify({ asset: `host-${index}`, metric: 'latency', at: 1_700_000_000_000 + index, value: 1 }),
    ),
  }));
  const jsonBytes = json.reduce((sum, record) => sum + record.value.length, 0);
  expect((await encodeRecords(json)).length).toBeLessThan(jsonBytes / 3);
  const random = [{ key: 'k', id: 'i', value: randomBytes(200_000) }];
  expect((await encodeRecords(random)).length).toBeLessThan(200_100);
  expect(await roundTrip(random)).toEqual(random);
});

test('records hold the memory of their own segment and no more', async () => {
  const value = Buffer.from('the same again '.repeat(10));
  const records = Array.from({ length: 50 }, (_, index) => ({ key: 'host-1', id: `r-${index}`, value }));
  const decoded = await decodeRecords(await encodeRecords(records), records.length);
  expect(new Set(decoded.map((record) => record.value.buffer)).size).toBe(1);
  const bytes = 50 * value.length;
  expect(decoded[0]?.value.buffer.byteLength).toBeLessThan(2 * bytes);
});

test('a damaged segment is an error, not wrong records', async () => {
  const records = [{ key: 'key', id: 'id', value: Buffer.from('value') }];
  const payload = await encodeRecords(records);
  await expect(decodeRecords(payload.subarray(0, payload.length - 2), 1)).rejects.toThrow(/cannot be read/);
  await expect(decodeRecords(payload, 2)).rejects.toThrow(/cannot be read/);
  await expect(decodeRecords(Buffer.of(9, 1, 2), 1)).rejects.toThrow(/cannot be read/);
});
