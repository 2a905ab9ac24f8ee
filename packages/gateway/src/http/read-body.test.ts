import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import type { BodyBudget } from './body-budget.ts';
import { createBodyBudget } from './body-budget.ts';
import { readBody } from './read-body.ts';

const mebibyte = 2 ** 20;
const limits = { wireBytesMax: 4 * mebibyte, bodyBytesMax: 4 * mebibyte };
let held = 0;
let heldMax = 0;
let budget: BodyBudget;

beforeEach(() => {
  const real = createBodyBudget(8 * mebibyte);
  held = heldMax = 0;
  budget = {
    take(bytes) {
      if (!real.take(bytes)) return false;
      held += bytes;
      heldMax = Math.max(heldMax, held);
      return true;
    },
    release(bytes) {
      real.release(bytes);
      held -= bytes;
    },
  };
});

function read(bytes: Uint8Array | Readable, contentEncoding?: string) {
  const stream = bytes instanceof Readable ? bytes : Readable.from([Buffer.from(bytes)]);
  return readBody({ stream, contentLength: undefined, contentEncoding }, limits, budget);
}

type Compress = (body: string | Uint8Array) => Buffer;
const encodings: readonly (readonly [string, Compress])[] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
];
const asItIs: Compress = (body) => Buffer.from(body);
const text = (length: number): string => Array.from({ length: length / 8 }, (_, n) => `v${n % 977}`.padEnd(8)).join('');

describe('a body', () => {
  it.each([
    ['nothing', ''],
    ['little', 'a'],
    ['64 kB', text(65_536)],
    ['3 MiB', text(3 * mebibyte)],
  ])('of %s is the same in any encoding, and counted while it is held', async (_size, body) => {
    for (const [encoding, compress] of [['identity', asItIs] as const, ...encodings]) {
      const { bytes, release } = await read(compress(body), encoding);
      expect([encoding, bytes.toString() === body]).toEqual([encoding, true]);
      expect([encoding, held]).toEqual([encoding, body.length]);
      release();
      expect(held).toBe(0);
    }
  });

  it('in several chunks is put together', async () => {
    const { bytes } = await read(Readable.from(['a', 'bc', 'def'].map((part) => Buffer.from(part))));
    expect(bytes.toString()).toBe('abcdef');
  });

  it.each([['identity', asItIs] as const, ...encodings])(
    'of %s that came whole with its head is the same and counted, and its stream ends',
    async (encoding, compress) => {
      for (const parts of [1, 3]) {
        const wire = compress(text(24_000));
        const stream = new PassThrough();
        const size = Math.ceil(wire.length / parts);
        for (let start = 0; start < wire.length; start += size) stream.write(wire.subarray(start, start + size));
        const incoming = { stream, contentLength: String(wire.length), contentEncoding: encoding };
        const { bytes, release } = await readBody(incoming, limits, budget);
        expect(bytes.toString()).toBe(text(24_000));
        expect(held).toBe(bytes.length);
        release();
        expect(held).toBe(0);
        const ended = once(stream, 'end');
        stream.end();
        await ended;
      }
    },
  );

  it('that came whole with its head is refused while others fill the memory', async () => {
    budget.take(8 * mebibyte);
    const stream = new PassThrough();
    stream.write('whole');
    const refused = readBody({ stream, contentLength: '5', contentEncoding: undefined }, limits, budget);
    await expect(refused).rejects.toMatchObject({ code: 'rate-limited' });
    expect(held).toBe(8 * mebibyte);
    expect(stream.readableFlowing).toBe(true);
  });

  it('of no bytes under an encoding is empty', async () => {
    expect((await read(Readable.from([]), 'gzip')).bytes).toHaveLength(0);
  });

  it('of gzip members in a row is their sum, whatever the last one says of its size', async () => {
    const parts = ['first '.repeat(50_000), 'last'];
    const { bytes } = await read(Buffer.concat(parts.map((part) => gzipSync(part))), 'gzip');
    expect(bytes.toString()).toBe(parts.join(''));
    expect(held).toBe(bytes.length);
  });
});

describe('a refused body gives everything back', () => {
  it.each(encodings)('cut off or changed %s is invalid', async (encoding, compress) => {
    for (const body of [text(1024), text(2 * mebibyte)]) {
      const wire = compress(body);
      const flipped = Buffer.from(wire);
      flipped[3] = (flipped[3] ?? 0) ^ 0xff;
      for (const damaged of [
        wire.subarray(0, -1),
        wire.subarray(0, wire.length >> 1),
        Buffer.from('damaged'),
        flipped,
      ]) {
        // Not every damage shows in every encoding, but a shorter text must never pass for the whole.
        const outcome = await read(damaged, encoding).catch((error: unknown) => error);
        if (damaged !== flipped) expect(outcome).toMatchObject({ code: 'invalid-request', field: 'content-encoding' });
        if (damaged !== flipped) expect(held).toBe(0);
        if (typeof outcome === 'object' && outcome !== null && 'release' in outcome) (outcome.release as () => void)();
        expect(held).toBe(0);
      }
    }
  });

  it.each(encodings)(
    '%s that grows beyond the limit is too large, and never held by more than a chunk',
    async (encoding, compress) => {
      for (const size of [4 * mebibyte + 1, 64 * mebibyte]) {
        await expect(read(compress(Buffer.alloc(size, 1)), encoding)).rejects.toMatchObject({ code: 'too-large' });
        expect(held).toBe(0);
      }
      expect(heldMax).toBeLessThanOrEqual(limits.bodyBytesMax + mebibyte);
    },
  );

  it('too many bytes on the wire are too large, announced or not', async () => {
    const stream = Readable.from([Buffer.alloc(3 * mebibyte), Buffer.alloc(3 * mebibyte)]);
    await expect(read(stream)).rejects.toMatchObject({ code: 'too-large' });
    const announced = { stream: new PassThrough(), contentLength: String(5 * mebibyte), contentEncoding: undefined };
    await expect(readBody(announced, limits, budget)).rejects.toMatchObject({ code: 'too-large' });
    expect(held).toBe(0);
  });

  it('one that breaks off is invalid', async () => {
    const stream = new PassThrough();
    const reading = read(stream);
    stream.once('data', () => stream.destroy());
    stream.write('half');
    await expect(reading).rejects.toMatchObject({ code: 'invalid-request', field: 'content-length' });
    await expect(read(stream)).rejects.toMatchObject({ code: 'invalid-request' });
    expect(held).toBe(0);
  });

  it('one for which there is no room is told to come later, on the wire or grown', async () => {
    const first = await read(Buffer.alloc(4 * mebibyte));
    const second = await read(Buffer.alloc(3 * mebibyte));
    const before = held;
    await expect(read(Buffer.alloc(2 * mebibyte))).rejects.toMatchObject({ code: 'rate-limited', retryAfterS: 1 });
    await expect(read(gzipSync(Buffer.alloc(2 * mebibyte)), 'gzip')).rejects.toMatchObject({ code: 'rate-limited' });
    await expect(read(gzipSync(Buffer.alloc(1 * mebibyte)), 'gzip')).rejects.toMatchObject({ code: 'rate-limited' });
    expect(held).toBe(before);
    first.release();
    second.release();
    expect(held).toBe(0);
  });
});
