import { describe, expect, it } from 'vitest';
import { randomOf } from '../testing/random-numbers.ts';
import { createBitReader, createBitWriter } from './bit-stream.ts';
import { readModelled, writeModelled } from './modelled-coding.ts';

function encode(values: Float64Array): Uint8Array {
  const writer = createBitWriter();
  writeModelled(writer, values);
  return writer.finish();
}

function decode(bytes: Uint8Array, count: number): Float64Array {
  const values = new Float64Array(count);
  readModelled(createBitReader(bytes), values);
  return values;
}

const bitsOf = (values: Float64Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

function survives(values: Float64Array): boolean {
  return bitsOf(decode(encode(values), values.length)).equals(bitsOf(values));
}

/** Values such as they come: decimals of all precisions and sizes, units, floats, what is no number, and what came before. */
function mixture(random: () => number, count: number): Float64Array {
  const values = new Float64Array(count);
  const view = new DataView(values.buffer);
  const kinds = 1 + Math.floor(random() * 9);
  const digits = Math.floor(random() * 18);
  const size = 10 ** Math.floor(random() * 32 - 14);
  for (let index = 0; index < count; index += 1) {
    const kind = Math.floor(random() * kinds);
    const past = values[Math.floor(random() * index)] ?? 0;
    if (kind === 0) values[index] = Number(((random() - 0.5) * size).toPrecision(1 + digits));
    else if (kind === 1) values[index] = values[index - 1] ?? 0;
    else if (kind === 2) values[index] = past;
    else if (kind === 3) values[index] = (random() - 0.5) * size;
    else if (kind === 4) values[index] = Math.floor(random() * 1e6) * 4096;
    else if (kind === 5) values[index] = past + Math.floor(random() * 100);
    else if (kind === 6) values[index] = [0, -0, Infinity, -Infinity, Number.NaN, 5e-324][index % 6] ?? 0;
    else if (kind === 7) values[index] = 2 ** 53 - 1 - Math.floor(random() * 4);
    else for (let half = 0; half < 2; half += 1) view.setUint32(index * 8 + half * 4, random() * 2 ** 32);
  }
  return values;
}

describe('modelled values', () => {
  it('come back bit for bit, whatever they are mixed of', () => {
    const random = randomOf(11);
    for (let round = 0; round < 400; round += 1) {
      const values = mixture(random, 1 + Math.floor(random() * 300));
      expect(survives(values), `round ${round}`).toBe(true);
    }
  });

  it('come back bit for bit in the longest frame and from the middle of an array', () => {
    const random = randomOf(12);
    const all = mixture(random, 4200);
    expect(survives(all.subarray(0, 4096))).toBe(true);
    const part = all.subarray(50, 90);
    expect(survives(part)).toBe(true);
    const target = new Float64Array(60);
    readModelled(createBitReader(encode(part)), target.subarray(10, 50));
    expect(bitsOf(target.subarray(10, 50)).equals(bitsOf(part))).toBe(true);
    expect(target[9]).toBe(0);
    expect(target[50]).toBe(0);
  });

  it('take little where much can be learnt: multiples of a page size that mostly stay, and values of changing precision', () => {
    const random = randomOf(13);
    let pages = 70_000;
    const memory = Float64Array.from({ length: 4000 }, () => {
      if (random() < 0.1) pages += Math.floor(random() * 40) - 20;
      return pages * 4096;
    });
    expect(encode(memory).length / 4000).toBeLessThan(0.16);
    const latencies = Float64Array.from({ length: 4000 }, (_, index) =>
      Number((0.1 + random() * 0.1).toFixed(index % 3 === 0 ? 15 : 2)),
    );
    // A third has 47 bits that nobody can guess, the others between three and four.
    expect(encode(latencies).length / 4000).toBeLessThan(2.9);
  });

  it('are refused or other than they were when they are damaged, and never read without end', () => {
    const random = randomOf(14);
    const values = mixture(random, 200);
    const bytes = encode(values);
    for (let round = 0; round < 300; round += 1) {
      const changed = Uint8Array.from(bytes);
      const place = Math.floor(random() * changed.length);
      changed[place] = (changed[place] ?? 0) ^ (1 << Math.floor(random() * 8));
      const cut = round % 2 === 0 ? changed : changed.subarray(0, place);
      try {
        expect(decode(cut, values.length).length).toBe(values.length);
      } catch (error) {
        expect(error).toMatchObject({ code: 'internal' });
      }
    }
  });
});
