import { describe, expect, it } from 'vitest';
import { createPacketFrames } from './packet-frames.ts';

const ping = Buffer.from([0xc0, 0]);
const long = Buffer.concat([Buffer.from([0x30, 0x80, 0x02]), Buffer.alloc(256, 7)]);

describe('packets in a stream of bytes', () => {
  it.each([1, 2, 3, 7, 100, 1000])('are found whole however the bytes arrive: %i at a time', (size) => {
    const frames = createPacketFrames(1000);
    const stream = Buffer.concat([ping, long, ping, long, long]);
    const found: unknown[] = [];
    for (let at = 0; at < stream.length; at += size) {
      frames.push(stream.subarray(at, at + size));
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) found.push(frame);
    }
    expect(found).toEqual([ping, long, ping, long, long]);
  });

  it('are refused by their header alone when they are too large or no packet', () => {
    const large = createPacketFrames(100);
    large.push(Buffer.from([0x30, 0x80, 0x01]));
    expect(large.next()).toBe('too-large');
    const broken = createPacketFrames(100);
    broken.push(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff]));
    expect(broken.next()).toBe('malformed');
  });
});
