import { compressSync } from 'snappy';
import { expect, test } from 'vitest';
import { releaseBody, unpackSnappy } from './snappy-body.ts';

const bytesMax = 10_000_000;

test.each([0, 1, 5000, 2 ** 20, 3_000_000])('a body of %i bytes comes back as it was packed', async (length) => {
  const raw = Buffer.alloc(length, 'one, two, three, ');
  expect((await unpackSnappy(compressSync(raw), bytesMax)).equals(raw)).toBe(true);
});

test.each([5000, 3_000_000])('a body that claims %i bytes and is damaged is refused', async (length) => {
  const packed = compressSync(Buffer.alloc(length, 'one, two, three, '));
  await expect(unpackSnappy(packed.subarray(0, packed.length - 20), bytesMax)).rejects.toMatchObject({
    code: 'invalid-request',
  });
});

test('a body that would be larger than it may is refused before it is unpacked', async () => {
  await expect(unpackSnappy(compressSync(Buffer.alloc(5000)), 4999)).rejects.toMatchObject({ code: 'too-large' });
});

test('a released body is empty, and a part of other memory stays as it is', async () => {
  const body = await unpackSnappy(compressSync(Buffer.alloc(5000, 7)), bytesMax);
  releaseBody(body);
  expect(body.length).toBe(0);
  const whole = Buffer.alloc(100, 7);
  releaseBody(whole.subarray(10, 20));
  expect(whole.every((byte) => byte === 7)).toBe(true);
});
