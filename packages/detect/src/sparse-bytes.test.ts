import { expect, test } from 'vitest';
import { createSparseBytes } from './sparse-bytes.ts';
import { createRandom } from './testing/random-series.ts';

test('what is unpacked equals what was packed, from all zeros to none', () => {
  const random = createRandom(3);
  const sparse = createSparseBytes(404);
  const packed = new Uint8Array(sparse.packedLengthMax);
  for (const share of [0, 0.01, 0.3, 1]) {
    for (let at = 0; at < 404; at += 1) sparse.bytes[at] = random() < share ? Math.floor(random() * 256) : 0;
    const before = sparse.bytes.slice();
    const length = sparse.pack(packed);
    sparse.bytes.fill(7);
    sparse.unpack(packed.subarray(0, length));
    expect(sparse.bytes).toEqual(before);
  }
});

test('zeros take a bit a word', () => {
  const sparse = createSparseBytes(400);
  expect(sparse.pack(new Uint8Array(sparse.packedLengthMax))).toBe(13);
});

test('bytes that were cut or have more behind them are refused', () => {
  const sparse = createSparseBytes(40);
  sparse.bytes.fill(1);
  const packed = new Uint8Array(sparse.packedLengthMax);
  const whole = packed.slice(0, sparse.pack(packed));
  expect(() => sparse.unpack(whole.subarray(0, -1))).toThrow(/length/);
  expect(() => sparse.unpack(Uint8Array.of(...whole, 0))).toThrow(/length/);
});
