import { describe, expect, it } from 'vitest';
import { decodeChunk } from './sample-chunk.ts';

/** Frames as programs before the pages wrote them. */
const startAt = Date.UTC(2026, 0, 1);
const regularDecimals = '130480a0d5edee66987502ac022496c19c1a';
const irregularBits = '1003c0c9dcedee66010e3ad453179fdccccccccccccdd3b6ccccccccccccfc1fdfeaaaaaaaaaaaaa80';
const single = '1301a09ee0edee66000e';

function samplesOf(hex: string): [number, number][] {
  const { times, values } = decodeChunk(Buffer.from(hex, 'hex'));
  return Array.from(times, (at, index) => [at - startAt, values[index] ?? Number.NaN]);
}

describe('chunks of older databases', () => {
  it('are read as they were written, several frames as one run', () => {
    expect(samplesOf(regularDecimals + irregularBits + single)).toEqual([
      [0, 1.5],
      [15_000, 2.25],
      [30_000, -3],
      [45_000, 2.25],
      [60_000, 0.1],
      [60_007, 1 / 3],
      [75_000, -0],
      [90_000, 7],
    ]);
    expect(samplesOf('')).toEqual([]);
  });

  it('are refused when they are damaged, rather than samples invented', () => {
    expect(() => samplesOf(irregularBits.slice(0, -6))).toThrow('damaged');
    expect(() => samplesOf(`2${single.slice(1)}`)).toThrow('unknown form');
    expect(() => samplesOf('10ffffffff7f')).toThrow('claims to hold');
  });
});
