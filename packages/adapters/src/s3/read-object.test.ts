import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openObjectStoreDoor, type ObjectStoreDoor } from '../testing/object-store-door.ts';
import { createObjectReading, type ObjectReading } from './read-object.ts';
import { SpoiltAnswer } from './s3-failure.ts';

const key = 'a/b';
const bytes = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 251));

let stack: AsyncDisposableStack;
let door: ObjectStoreDoor;
let reading: ObjectReading;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  door = stack.use(await openObjectStoreDoor());
  const client = new S3Client({
    endpoint: door.url,
    region: 'eu-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secretexample' },
    maxAttempts: 1,
  });
  stack.defer(() => client.destroy());
  door.objects.set(key, { bytes, metadata: {} });
  reading = createObjectReading(client, { Bucket: door.bucket, Key: key });
});
afterEach(() => stack.disposeAsync());

/** An attempt that is given up as soon as a part of the body is there. */
async function attemptCut(): Promise<void> {
  door.trouble = () => ({ kind: 'stall-half-way' });
  const stop = new AbortController();
  let calls = 0;
  // The first call is for the head of the answer.
  const progress = (): void => void (++calls === 2 && stop.abort());
  await expect(reading.attempt({ signal: stop.signal, progress })).rejects.toThrow('aborted');
  expect(calls).toBe(2);
  door.trouble = () => undefined;
}

const attempt = () => reading.attempt({ signal: new AbortController().signal, progress: () => undefined });

describe('reading an object over several attempts', () => {
  it('goes on where an answer was cut, and asks for no more than is missing', async () => {
    await attemptCut();
    expect(bytes.equals((await attempt())?.bytes ?? Buffer.of())).toBe(true);
    const [, second] = door.requests;
    expect(second?.headers['range']).toMatch(/^bytes=[1-9]\d*-$/);
    expect(second?.headers['if-match']).toMatch(/^"/);
  });

  it('begins again when the object was replaced meanwhile', async () => {
    await attemptCut();
    const other = Buffer.from(bytes.toReversed());
    door.objects.set(key, { bytes: other, metadata: {} });
    await expect(attempt()).rejects.toBeInstanceOf(SpoiltAnswer);
    expect(other.equals((await attempt())?.bytes ?? Buffer.of())).toBe(true);
    expect(door.requests.map(({ headers }) => headers['range'] !== undefined)).toEqual([false, true, false]);
  });

  it('is told when the object was removed meanwhile', async () => {
    await attemptCut();
    door.objects.delete(key);
    expect(await attempt()).toBeUndefined();
  });
});
