import { describe, expect, it } from 'vitest';
import { randomOf } from '../testing/random-numbers.ts';
import { createBitWriter } from './bit-stream.ts';
import { readTimes, writeTimes } from './time-coding.ts';

const startAt = Date.UTC(2026, 0, 1);

function encode(times: Float64Array): Uint8Array {
  const writer = createBitWriter();
  writeTimes(writer, times);
  return writer.finish();
}

describe('times as bytes', () => {
  it('come back for any spacing, before 1970 and far ahead', () => {
    const random = randomOf(3);
    const shapes: ((index: number) => number)[] = [
      (index) => startAt + index,
      (index) => -1_000_000 + index * 60_000,
      (index) => startAt + index * 15_000 + (index > 50 ? 3_600_000 : 0),
      (index) => startAt + index * 15_000 + Math.floor(random() * 14_999),
      (index) => index ** 4,
      (index) => 2 ** 50 - 1000 + index,
      (index) => (index === 0 ? -(2 ** 50) : 2 ** 50 - 1000 + index),
    ];
    for (const shape of shapes) {
      for (const count of [1, 2, 3, 64, 65, 66, 67, 700]) {
        const times = Float64Array.from({ length: count }, (_, index) => shape(index));
        expect(readTimes(encode(times)), `${count} of ${shape.toString()}`).toEqual(times);
      }
    }
  });

  it('take a few bytes where they are regular, however many', () => {
    expect(encode(Float64Array.from({ length: 4000 }, (_, index) => startAt + index * 15_000)).length).toBeLessThan(16);
  });

  it('are refused where no column could hold them, and when their bytes are damaged', () => {
    expect(() => encode(new Float64Array())).toThrow(RangeError);
    expect(() => encode(Float64Array.of(0, 2 ** 51))).toThrow(RangeError);
    const bytes = encode(Float64Array.from({ length: 100 }, (_, index) => index ** 2));
    expect(() => readTimes(bytes.subarray(0, -3))).toThrow('damaged');
    expect(() => readTimes(Uint8Array.of(9, 1, 0))).toThrow('claims to be of form');
    expect(() => readTimes(Uint8Array.of(0, 255, 255, 255, 255, 127))).toThrow('claims to be');
  });
});
