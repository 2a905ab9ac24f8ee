import { describe, expect, it } from 'vitest';
import { randomOf } from '../testing/random-numbers.ts';
import { createBitWriter } from './bit-stream.ts';
import { readValues, writeValues } from './value-coding.ts';

function encode(values: Float64Array, isThorough: boolean): Uint8Array {
  const writer = createBitWriter();
  writeValues(writer, values, isThorough);
  return writer.finish();
}

const bitsOf = (values: Float64Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

/** Every bit comes back, either way of writing; this tells -0 from 0. */
function survives(values: Float64Array): boolean {
  return [true, false].every((isThorough) =>
    bitsOf(readValues(encode(values, isThorough), values.length)).equals(bitsOf(values)),
  );
}

function bytesEach(count: number, valueOf: (index: number) => number): number {
  return (
    encode(
      Float64Array.from({ length: count }, (_, index) => valueOf(index)),
      true,
    ).length / count
  );
}

const special = [0, -0, 5e-324, -5e-324, 1e-310, Number.MAX_VALUE, -Number.MAX_VALUE, Number.EPSILON, Math.PI, 2 ** 53];

describe('values as bytes', () => {
  it('come back bit for bit when they are special, alone, together and among others', () => {
    const all = [...special, -(2 ** 53), 1e22, 0.1 + 0.2, Infinity, -Infinity];
    expect(survives(Float64Array.from(all))).toBe(true);
    for (const value of all) {
      expect(survives(Float64Array.of(value))).toBe(true);
      expect(survives(Float64Array.from({ length: 40 }, () => value))).toBe(true);
      expect(survives(Float64Array.from({ length: 80 }, (_, index) => (index % 37 === 5 ? value : 1.5)))).toBe(true);
    }
  });

  it('come back bit for bit when their bits are random, also those that are no numbers', () => {
    const random = randomOf(1);
    const values = new Float64Array(5000);
    const view = new DataView(values.buffer);
    for (let word = 0; word < 10_000; word += 1) view.setUint32(word * 4, random() * 2 ** 32);
    expect(survives(values)).toBe(true);
  });

  it('come back bit for bit for decimals of every precision and size, with outliers, repeats and what arithmetic leaves', () => {
    const random = randomOf(2);
    for (let digits = 0; digits <= 20; digits += 1) {
      for (const size of [1e-9, 1, 1e3, 1e9, 1e15]) {
        for (const noise of [1, 1.1]) {
          const values = Float64Array.from(
            { length: 300 },
            (_, index) => Number(((random() - 0.5) * size * (index % 97 === 0 ? 1e5 : 1)).toFixed(digits)) * noise,
          );
          for (let index = 0; index < 300; index += 1) if (random() < 0.4) values[index] = values[index - 1] ?? 0;
          expect(survives(values), `${digits} digits of ${size}`).toBe(true);
        }
      }
    }
  });

  it('come back bit for bit in columns of every short length', () => {
    const random = randomOf(5);
    for (let count = 1; count < 70; count += 1) {
      const values = Float64Array.from({ length: count }, () => special[Math.floor(random() * 30)] ?? random() * 100);
      expect(survives(values), `${count} values`).toBe(true);
    }
  });

  it('take little: a constant, a counter, what goes in lines, two noisy digits, few different values, runs of them', () => {
    const random = randomOf(4);
    expect(bytesEach(4000, () => 42)).toBeLessThan(0.02);
    expect(bytesEach(4000, (index) => index)).toBeLessThan(0.2);
    expect(bytesEach(4000, (index) => index * 1_234_567)).toBeLessThan(0.2);
    expect(bytesEach(4000, () => Math.round(random() * 100))).toBeLessThan(1.2);
    const few = Array.from({ length: 60 }, () => random());
    expect(bytesEach(4000, () => few[Math.floor(random() * 60)] ?? 0)).toBeLessThan(1);
    expect(bytesEach(4000, (index) => few[Math.floor(index / 50) % 60] ?? 0)).toBeLessThan(0.2);
    expect(bytesEach(4000, () => Math.round(random() * 1000) * 0.001 * 3)).toBeLessThan(2.2);
  });

  it('are refused when they are damaged', () => {
    const bytes = encode(
      Float64Array.from({ length: 100 }, (_, index) => Math.sqrt(index)),
      true,
    );
    expect(() => readValues(bytes.subarray(0, -9), 100)).toThrow('damaged');
    expect(() => readValues(Uint8Array.of(0xff, ...bytes.subarray(1)), 100)).toThrow('unknown form');
  });
});
