import { describe, expect, it } from 'vitest';
import { createSyslogFraming } from './syslog-framing.ts';

/** The messages of a stream that arrives in chunks of a size; a cut one ends with `…`. */
function framed(stream: string | Buffer, chunkBytes = Number.POSITIVE_INFINITY, bytesMax = 100): readonly string[] {
  const framing = createSyslogFraming(bytesMax);
  const bytes = Buffer.from(stream);
  const frames = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    frames.push(...framing.push(bytes.subarray(at, at + chunkBytes)));
  frames.push(...framing.end());
  return frames.map((frame) => `${frame.bytes.toString()}${frame.isCut ? '…' : ''}`);
}

describe('messages on a connection', () => {
  const mixed = '<1>a\n6 <2>b\nc7 <3>d ef<4>g\r\n\n<5>h\u{0}0123 <6>i\n2026 j\n<7>last';
  const expected = ['<1>a', '<2>b\nc', '<3>d ef', '<4>g', '<5>h', '0123 <6>i', '2026 j', '<7>last'];

  it.each([1, 2, 3, 5, 1000])('are told apart by count and by line, in chunks of %d bytes', (chunkBytes) => {
    expect(framed(mixed, chunkBytes)).toEqual(expected);
  });

  it.each([1, 7, 1000])(
    'longer than is taken are cut, and the next one is whole, in chunks of %d bytes',
    (chunkBytes) => {
      const long = 'x'.repeat(500);
      expect(framed(`<1>${long}\n503 <2>${long}<3>ok\n`, chunkBytes)).toEqual([
        `<1>${long.slice(0, 97)}…`,
        `<2>${long.slice(0, 97)}…`,
        '<3>ok',
      ]);
    },
  );

  it('of which the last was counted but did not come whole is not taken', () => {
    expect(framed('4 <1>a50 <2>b')).toEqual(['<1>a']);
  });

  it('announced with an absurd count take no more memory than any other', () => {
    expect(framed('999999999 <1>abc')).toEqual([]);
    expect(framed('9999999999 <1>abc')).toEqual(['9999999999 <1>abc']);
  });
});
