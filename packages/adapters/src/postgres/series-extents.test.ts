import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createByteWriter } from './byte-stream.ts';
import { decodeExtents, encodeExtents, type SeriesExtent } from './series-extents.ts';

const startAt = Date.UTC(2026, 0, 1);
const far = 2 ** 50;

function extent(samples: number, firstAt: number, lastAt: number): SeriesExtent {
  return { samples, firstAt, lastAt };
}

describe('extents as bytes', () => {
  it.each([
    ['of nothing', []],
    ['of one series', [[7, extent(3, startAt, startAt + 30_000)]]],
    [
      'of neighbours',
      Array.from({ length: 256 }, (_, index) => [1024 + index, extent(240 + (index % 3), startAt, far)]),
    ],
    [
      'at the ends of time',
      [
        [0, extent(1, -far, -far)],
        [1, extent(2 ** 40, -far, far)],
        [900_000, extent(1, far, far)],
      ],
    ],
  ] as [string, [number, SeriesExtent][]][])('come back %s', (_, extents) => {
    expect([...(decodeExtents(encodeExtents(new Map(extents))) ?? [])]).toEqual(extents);
  });

  it('take a few bytes for series that are measured together', () => {
    const together = new Map(
      Array.from({ length: 256 }, (_, index) => [index, extent(5760, startAt, startAt + 864e5)]),
    );
    expect(encodeExtents(together).length).toBeLessThan(256 * 4 + 40);
  });

  it('are read as older versions wrote them', () => {
    const writer = createByteWriter(100);
    writer.skip(4);
    writer.writeNumber(2);
    for (const [step, samples, firstAt] of [
      [5, 10, startAt],
      [3, 20, -startAt],
    ] as const) {
      writer.writeNumber(step);
      writer.writeNumber(samples);
      writer.writeSigned(firstAt);
      writer.writeNumber(60_000);
    }
    const bytes = writer.finish();
    bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
    expect([...(decodeExtents(bytes) ?? [])]).toEqual([
      [5, extent(10, startAt, startAt + 60_000)],
      [8, extent(20, -startAt, 60_000 - startAt)],
    ]);
    expect(decodeExtents(Buffer.from('8def02d200', 'hex'))?.size).toBe(0);
  });

  it('are refused when a bit of them is another', () => {
    const bytes = encodeExtents(new Map([[7, extent(3, startAt, startAt + 30_000)]]));
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeExtents(damaged)).toBeUndefined();
    }
  });
});
