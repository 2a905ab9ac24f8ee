import { expect, test } from 'vitest';
import { createDigitReader, createDigitWriter, writtenLengthMax } from './digit-stream.ts';
import { packNumbers, unpackNumbers } from './packed-numbers.ts';
import { START_MS, createRandom } from './testing/random-series.ts';

const room = { wordsMax: 2000, digitsMax: 20_000 };

function packed(numbers: Float64Array): Uint8Array {
  const writer = createDigitWriter(1, room);
  const bytes = new Uint8Array(writtenLengthMax(room));
  writer.begin();
  packNumbers(numbers, writer);
  return bytes.slice(0, writer.writeTo(bytes));
}

function unpacked(bytes: Uint8Array, length: number): Float64Array {
  const reader = createDigitReader(1, room);
  const numbers = new Float64Array(length).fill(7);
  reader.begin(bytes);
  unpackNumbers(numbers, reader);
  reader.end();
  return numbers;
}

const bitsOf = (numbers: Float64Array): BigUint64Array => new BigUint64Array(numbers.buffer.slice(0));

test('numbers of every kind and in any order come back bit for bit', () => {
  const random = createRandom(11);
  const kinds = [
    () => 0,
    () => -0,
    () => Math.floor(2 ** 21 * (random() - 0.5)),
    () => START_MS + Math.floor(2 ** 33 * (random() - 0.5)),
    () => Math.fround(random()),
    () => random() - 0.5,
    () => Number.NaN,
    () => Number.NEGATIVE_INFINITY,
    () => 2 ** 53 * (random() < 0.5 ? 2 : -1),
    () => 5e-324,
    () => 1e308,
  ];
  for (let round = 0; round < 200; round += 1) {
    const numbers = Float64Array.from({ length: 60 }, () => kinds[Math.floor(kinds.length * random())]?.() ?? 0);
    expect(bitsOf(unpacked(packed(numbers), 60))).toEqual(bitsOf(numbers));
  }
});

test('runs of zeros, small numbers that are alike, and moments near each other take little', () => {
  expect(packed(new Float64Array(100)).length).toBeLessThan(8);
  expect(packed(new Float64Array(100).fill(10_080)).length).toBeLessThan(64);
  expect(packed(Float64Array.from({ length: 100 }, (_, at) => START_MS + 1000 * at)).length).toBeLessThan(400);
});
