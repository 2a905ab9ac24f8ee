import { expect, test } from 'vitest';
import { createDigitReader, createDigitWriter, writtenLengthMax } from './digit-stream.ts';
import { createRandom } from './testing/random-series.ts';

const room = { wordsMax: 8, digitsMax: 400 };
const edges = [0, 1, 7, 8, 63, 64, 511, 512, 65_535, 2 ** 30, 2 ** 31 - 1];

function written(put: (writer: ReturnType<typeof createDigitWriter>) => void): Uint8Array {
  const writer = createDigitWriter(9, room);
  const bytes = new Uint8Array(writtenLengthMax(room));
  writer.begin();
  put(writer);
  return bytes.slice(0, writer.writeTo(bytes));
}

test('numbers and words are read as they were written, each kind in its order', () => {
  const signed = edges.flatMap((edge) => [edge, -edge - 1]);
  const words = [0, -1, 2 ** 31 - 1, -(2 ** 31)];
  const bytes = written((writer) => {
    for (const edge of edges) writer.put(edge);
    writer.put(2 ** 32 - 1);
    for (const word of words) writer.putWord(word);
    for (const number of signed) writer.putSigned(number);
  });
  const reader = createDigitReader(9, room);
  reader.begin(bytes);
  expect([...edges, 2 ** 32 - 1].map(() => reader.take())).toEqual([...edges, 2 ** 32 - 1]);
  expect(signed.map(() => reader.takeSigned())).toEqual(signed);
  expect(words.map(() => reader.takeWord())).toEqual(words);
  reader.end();
});

test('a number below eight takes half a byte', () => {
  expect(written((writer) => Array.from({ length: 10 }, (_, at) => writer.put(at % 8))).length).toBe(3 + 5);
});

test('a writer begins anew with nothing of what it wrote before', () => {
  const writer = createDigitWriter(9, room);
  const bytes = new Uint8Array(writtenLengthMax(room));
  for (const number of [300, 5]) {
    writer.begin();
    writer.put(number);
    writer.putWord(number);
    const reader = createDigitReader(9, room);
    reader.begin(bytes.subarray(0, writer.writeTo(bytes)));
    expect([reader.take(), reader.takeWord()]).toEqual([number, number]);
    reader.end();
  }
});

test('more than there is room for is refused', () => {
  expect(() => written((writer) => Array.from({ length: 9 }, () => writer.putWord(1)))).toThrow(/too many/);
  expect(() => written((writer) => Array.from({ length: 401 }, () => writer.put(1)))).toThrow(/too many/);
});

test('bytes that were cut, have more behind them or are of another kind are refused', () => {
  const bytes = written((writer) => {
    writer.put(1000);
    writer.putWord(5);
  });
  const readAll = (given: Uint8Array) => {
    const reader = createDigitReader(9, room);
    reader.begin(given);
    reader.take();
    reader.takeWord();
    reader.end();
  };
  readAll(bytes);
  for (let length = 0; length < bytes.length; length += 1) {
    expect(() => readAll(bytes.subarray(0, length))).toThrow(/packed bytes/);
  }
  expect(() => readAll(Uint8Array.of(...bytes, 0))).toThrow(/packed bytes/);
  expect(() => readAll(Uint8Array.of(8, ...bytes.subarray(1)))).toThrow(/another kind or version/);
});

test('any bytes at all are read to an end or refused', () => {
  const random = createRandom(19);
  const reader = createDigitReader(9, room);
  for (let round = 0; round < 300; round += 1) {
    const bytes = Uint8Array.from({ length: Math.floor(60 * random()) }, (_, at) =>
      at === 0 ? 9 : Math.floor(256 * random() ** 2),
    );
    expect(() => {
      reader.begin(bytes);
      for (;;) reader.take();
    }).toThrow(/packed bytes/);
  }
});
