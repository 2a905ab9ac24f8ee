import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { packSnappy } from './snappy-block.ts';

/** Reads the block format as its description has it. */
function unpacked(packed: Buffer): Buffer {
  let at = 0;
  let length = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = packed.readUInt8(at++);
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  const output = Buffer.alloc(length);
  let end = 0;
  while (at < packed.length) {
    const tag = packed.readUInt8(at++);
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      const size = 1 + (extra === 0 ? tag >> 2 : packed.readUIntLE(at, extra));
      end += packed.copy(output, end, at + extra, at + extra + size);
      at += extra + size;
    } else {
      expect(tag & 3).toBe(2);
      const distance = packed.readUInt16LE(at);
      at += 2;
      expect(distance).toBeGreaterThan(0);
      expect(distance).toBeLessThanOrEqual(end);
      for (let rest = 1 + (tag >> 2); rest > 0; rest -= 1, end += 1) output[end] = output.readUInt8(end - distance);
    }
  }
  expect(end).toBe(length);
  return output;
}

/** Bytes that every run repeats and that have no pattern. */
function noise(length: number, seed: string): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${seed}${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

describe('the snappy block format', () => {
  it('gives back what was packed, at all lengths about the borders of its parts', () => {
    for (const length of [0, 1, 3, 4, 59, 60, 61, 62, 255, 256, 257, 65_535, 65_536, 65_537, 131_073]) {
      const some = noise(length, 'a');
      expect(unpacked(packSnappy(some)).equals(some)).toBe(true);
      const same = Buffer.alloc(length, 7);
      expect(unpacked(packSnappy(same)).equals(same)).toBe(true);
    }
  });

  it('gives back texts that repeat and differ by turns', () => {
    const words = Array.from({ length: 500 }, (_, index) => noise(1 + (index % 90), String(index % 37)));
    const text = Buffer.concat(words.flatMap((word, index) => [word, words[(index * 7) % 500] ?? word]));
    expect(unpacked(packSnappy(text)).equals(text)).toBe(true);
  });

  it('makes the labels of many series several times smaller, and noise hardly longer', () => {
    const labels = Buffer.from(
      Array.from({ length: 2000 }, (_, index) => `__name__http_requests_total instance10.0.0.${index} jobapi`).join(''),
    );
    expect(packSnappy(labels).length).toBeLessThan(labels.length / 4);
    expect(packSnappy(noise(200_000, 'b')).length).toBeLessThan(200_100);
  });
});
