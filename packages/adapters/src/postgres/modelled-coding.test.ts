import { describe, expect, it } from 'vitest';
import { randomOf } from '../testing/random-numbers.ts';
import { createBitReader, createBitWriter } from './bit-stream.ts';
import { percentileAt } from './bucket-percentile.ts';
import { readModelled } from './modelled-reader.ts';
import { writeModelled } from './modelled-writer.ts';

/** What an earlier writer made of the values of the test that reads them. */
const oldBytes =
  '000120bd8351484a9e8a12e7fd4b30bf19c13a8c7fa8ae35d6157cd2b3becdedfb0d1847ad50000000000000000000000000' +
  '0000000000000001fee666666666669fbdcd64fffffeade6c94a50c2895b4840ffbb5c8afc54e50d3a1f83bc9067ebddac60';

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

  it('take little where they are percentiles of logarithmic buckets, or go in straight lines', () => {
    const random = randomOf(15);
    const percentiles = Float64Array.from({ length: 1300 }, () => {
      const parts = 1 + Math.floor(random() * 30);
      const percentile = { bucket: -38 + Math.floor(random() * 4), parts, below: Math.floor(random() * parts) };
      return percentileAt(percentile, { places: 16, isCut: true }, random() < 0.3 ? -1 : 0);
    });
    expect(survives(percentiles)).toBe(true);
    expect(encode(percentiles).length / 1300).toBeLessThan(2.2);
    let [value, slope] = [0.3, 0.01];
    const lines = Float64Array.from({ length: 1300 }, (_, index) => {
      if (index % 20 === 0) slope = random() - 0.5;
      return (value += slope / 3);
    });
    expect(survives(lines)).toBe(true);
    expect(encode(lines).length / 1300).toBeLessThan(1.2);
  });

  it('are read as they were written before there were percentiles and lines', () => {
    const values = Float64Array.from([
      ...[0.25, 0.25, 17.125, 0.1, -0, 0, Number.NaN, Infinity, 0.30000000000000004, 17.125, 4096, 1e-9, -12.5],
      ...[12345678.9, Math.PI, Math.E, Math.PI, 0.516421855276819, 0.4473377005694307],
    ]);
    const bytes = Buffer.from(oldBytes, 'hex');
    expect(bitsOf(decode(bytes, values.length)).equals(bitsOf(values))).toBe(true);
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
