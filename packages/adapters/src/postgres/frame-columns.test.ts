import { describe, expect, it } from 'vitest';
import { randomOf } from '../testing/random-numbers.ts';
import { createBitWriter } from './bit-stream.ts';
import { readColumns } from './frame-columns.ts';
import { writeTimes } from './time-coding.ts';
import { writeValues } from './value-coding.ts';

const startAt = Date.UTC(2026, 0, 1);
const random = randomOf(11);

const spacings: Readonly<Record<string, (index: number) => number>> = {
  'some milliseconds off the beat': () => 15_000 + Math.floor(random() * 9) - 4,
  'without an order': () => 1 + Math.floor(random() * 100_000),
  'on the beat but for long gaps': (index) => (index % 97 === 50 ? 86_400_000 * 400 : 1000),
  'on the beat': () => 60_000,
  'far apart': () => 2 ** 36 + Math.floor(random() * 2 ** 34),
};

const courses: Readonly<Record<string, (index: number, before: number) => number>> = {
  'a counter': (_, before) => before + Math.floor(random() * 400),
  'a counter that starts again': (index, before) => (index % 100 === 99 ? 0 : before + Math.floor(random() * 50)),
  hundredths: () => Math.round(random() * 10_000) / 100,
  'a constant': () => 42.5,
  'a constant that leaps': (index) => (index % 200 === 150 ? 1e14 : 7),
  'large steps': (_, before) => before + Math.floor(random() * 2 ** 40),
  fractions: () => random(),
  'no numbers among numbers': (index) => (index % 10 === 3 ? Number.NaN : index),
  'a straight line': (index) => index * 3,
};

function columnsOf(count: number, spacing: string, course: string) {
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  let [at, value] = [startAt, 0];
  for (let index = 0; index < count; index += 1) {
    times[index] = at;
    values[index] = value = courses[course]?.(index, value) ?? 0;
    at += spacings[spacing]?.(index) ?? 1;
  }
  const [timeWriter, valueWriter] = [createBitWriter(), createBitWriter()];
  writeTimes(timeWriter, times);
  writeValues(valueWriter, values, false);
  return { times, values, bytes: { times: timeWriter.finish(), values: valueWriter.finish() } };
}

function read(bytes: { readonly times: Uint8Array; readonly values: Uint8Array }, count: number, until = Infinity) {
  const target = { times: new Float64Array(count).fill(-1), values: new Float64Array(count).fill(-1) };
  const length = readColumns(bytes, target, until);
  return { times: target.times.subarray(0, length), values: target.values.subarray(0, length) };
}

describe('the columns of a frame', () => {
  for (const spacing of Object.keys(spacings)) {
    for (const course of Object.keys(courses)) {
      it(`come back bit for bit: times ${spacing}, ${course}`, () => {
        for (const count of [1, 2, 3, 4, 63, 64, 65, 66, 67, 129, 130, 500, 4096, 5000]) {
          const { times, values, bytes } = columnsOf(count, spacing, course);
          const found = read(bytes, count);
          expect(found.times, `${count} times`).toEqual(times);
          // Equal are also those that are no numbers; the sign of zero is looked at too.
          expect(found.values, `${count} values`).toEqual(values);
        }
      });
    }
  }

  it('are read up to a time, with hardly more than what comes before it', () => {
    const { times, values, bytes } = columnsOf(2000, 'some milliseconds off the beat', 'a counter');
    for (const wanted of [0, 1, 2, 64, 65, 700, 1999, 2000]) {
      const until = times[wanted] ?? Infinity;
      const found = read(bytes, 2000, until);
      expect(found.times.length).toBeGreaterThanOrEqual(wanted);
      expect(found.times.length).toBeLessThanOrEqual(wanted + 66);
      expect(found.times).toEqual(times.subarray(0, found.times.length));
      expect(found.values).toEqual(values.subarray(0, found.values.length));
    }
  });

  it('fail as damaged when bytes are missing, and leave nothing behind for the next', () => {
    const { times, values, bytes } = columnsOf(1000, 'some milliseconds off the beat', 'a counter');
    const cut = (column: Uint8Array): Uint8Array => column.slice(0, column.length >> 1);
    expect(() => read({ ...bytes, times: cut(bytes.times) }, 1000)).toThrow('damaged');
    expect(() => read({ ...bytes, values: cut(bytes.values) }, 1000)).toThrow('damaged');
    expect(() => read(bytes, 999)).toThrow('1000 times instead of 999');
    expect(read(bytes, 1000)).toEqual({ times, values });
  });
});
