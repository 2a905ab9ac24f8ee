import { describe, expect, it } from 'vitest';
import type { SampleRun } from '../sample-run.ts';
import { decodeChunk, encodeFrame } from './sample-chunk.ts';

const startAt = Date.UTC(2026, 0, 1);

/** Pseudo-random numbers in [0, 1) that every run repeats (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function runOf(count: number, timeOf: (index: number) => number, valueOf: (index: number) => number): SampleRun {
  return {
    times: Float64Array.from({ length: count }, (_, i) => timeOf(i)),
    values: Float64Array.from({ length: count }, (_, i) => valueOf(i)),
  };
}

/** Equality of every bit, which tells -0 from 0. */
function isSameBits(one: SampleRun, other: SampleRun): boolean {
  return bytesOf(one.times).equals(bytesOf(other.times)) && bytesOf(one.values).equals(bytesOf(other.values));
}

function bytesOf(numbers: Float64Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function survives(run: SampleRun): boolean {
  return isSameBits(decodeChunk(encodeFrame(run)), run);
}

const regular = (index: number): number => startAt + index * 15_000;

describe('sample chunk', () => {
  it('returns every bit of special values', () => {
    const special = [
      0,
      -0,
      5e-324,
      -5e-324,
      1e-310,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      Number.EPSILON,
      Math.PI,
      2 ** 53,
      -(2 ** 53),
      1e22,
      0.1 + 0.2,
    ];
    for (const value of special) expect(survives(runOf(3, regular, () => value))).toBe(true);
    expect(survives(runOf(special.length, regular, (index) => special[index] ?? 0))).toBe(true);
    for (const value of special) {
      expect(survives(runOf(10, regular, (index) => (index === 5 ? value : 1.5)))).toBe(true);
    }
  });

  it('returns every value of random bits, and the infinities', () => {
    const random = randomOf(1);
    const view = new DataView(new ArrayBuffer(8));
    const run = runOf(5000, regular, () => {
      view.setUint32(0, random() * 2 ** 32);
      view.setUint32(4, random() * 2 ** 32);
      const value = view.getFloat64(0);
      return Number.isNaN(value) ? Infinity : value;
    });
    expect(survives(run)).toBe(true);
  });

  it('returns decimals of every precision and size, mixed with outliers', () => {
    const random = randomOf(2);
    for (let digits = 0; digits <= 15; digits += 1) {
      for (const size of [1, 1e3, 1e9, 1e15]) {
        const run = runOf(300, regular, (index) =>
          Number(((random() - 0.5) * size * (index % 97 === 0 ? 1e5 : 1)).toFixed(digits)),
        );
        expect(survives(run), `${digits} digits of ${size}`).toBe(true);
      }
    }
  });

  it('returns times of any spacing, before 1970 and far ahead', () => {
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
        expect(survives(runOf(count, shape, (index) => index)), `${count} of ${shape.toString()}`).toBe(true);
      }
    }
  });

  it('returns the samples of several frames as one run', () => {
    const whole = runOf(1000, regular, (index) => Math.sin(index));
    const frames: Uint8Array[] = [];
    for (let start = 0; start < 1000; start += 37) {
      frames.push(
        encodeFrame({
          times: whole.times.subarray(start, start + 37),
          values: whole.values.subarray(start, start + 37),
        }),
      );
    }
    expect(isSameBits(decodeChunk(Buffer.concat(frames)), whole)).toBe(true);
    expect(decodeChunk(new Uint8Array()).times.length).toBe(0);
  });

  it('takes less than 0.15 bytes for a constant, 0.5 for a counter and 1.3 for a two-digit noisy one', () => {
    const random = randomOf(4);
    expect(encodeFrame(runOf(1000, regular, () => 42)).length).toBeLessThan(150);
    expect(encodeFrame(runOf(1000, regular, (index) => index)).length).toBeLessThan(500);
    expect(encodeFrame(runOf(1000, regular, () => Math.round(random() * 100))).length).toBeLessThan(1300);
  });

  it('refuses damaged bytes rather than inventing samples', () => {
    const bytes = encodeFrame(runOf(100, (index) => index ** 2, Math.sqrt));
    expect(() => decodeChunk(bytes.subarray(0, bytes.length - 3))).toThrow('damaged');
    expect(() => decodeChunk(Uint8Array.of(0x20, ...bytes.subarray(1)))).toThrow('unknown form');
    expect(() => decodeChunk(Uint8Array.of(0x10, 255, 255, 255, 255, 127))).toThrow('claims to hold');
    expect(() => encodeFrame(runOf(2, (index) => index * 2 ** 51, Math.sqrt))).toThrow(RangeError);
    expect(() => encodeFrame(runOf(0, regular, () => 0))).toThrow(RangeError);
  });
});
