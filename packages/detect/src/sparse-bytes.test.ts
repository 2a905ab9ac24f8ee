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

test('numbers that are alike or small take less, and nothing is lost where they are not', () => {
  const random = createRandom(5);
  const known = { alike: { from: 40, to: 240 }, small: { from: 240, to: 400 } };
  const sparse = createSparseBytes(404, known);
  const plain = createSparseBytes(404);
  const packed = new Uint8Array(sparse.packedLengthMax);
  const numbers = new Uint16Array(sparse.bytes.buffer);
  const fills: Record<string, (at: number) => number> = {
    usual: (at) => (at < 20 ? 0 : at < 120 ? 15 : at % 9),
    unusual: () => Math.floor(random() * 65_536),
  };
  const lengths = Object.values(fills).map((fill) => {
    for (let at = 0; at < numbers.length; at += 1) numbers[at] = fill(at);
    const before = sparse.bytes.slice();
    const length = sparse.pack(packed);
    expect(sparse.bytes).toEqual(before);
    sparse.bytes.fill(7);
    sparse.unpack(packed.subarray(0, length));
    expect(sparse.bytes).toEqual(before);
    plain.bytes.set(before);
    return [length, plain.pack(new Uint8Array(plain.packedLengthMax))] as const;
  });
  const [usual, unusual] = lengths;
  expect(usual?.[0]).toBeLessThan((usual?.[1] ?? 0) / 2);
  expect(unusual?.[0]).toBe(unusual?.[1]);
});

test('a range that is none is refused', () => {
  expect(() => createSparseBytes(40, { alike: { from: 4, to: 44 } })).toThrow(RangeError);
  expect(() => createSparseBytes(40, { small: { from: 4, to: 16 } })).toThrow(RangeError);
});
