import { createMemoryLogger } from '../memory/logger.ts';
import { TenantId } from '@heliosiq/model';
import { blobStoreConformance } from '@heliosiq/ports/conformance/blob-store.ts';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  openObjectStoreDoor,
  troubleFor,
  type DoorRequest,
  type DoorTrouble,
  type ObjectStoreDoor,
  type ObjectStoreDoorOptions,
} from '../testing/object-store-door.ts';
import { createS3BlobStore, type S3BlobStore, type S3BlobStoreOptions } from './blob-store.ts';

const acme = TenantId.parse('acme');
const opened = new AsyncDisposableStack();
afterAll(() => opened.disposeAsync());

const logger = createMemoryLogger();

/** A store on a door; rests are short, waits are long enough for a busy machine. */
function storeOn(door: ObjectStoreDoor, options: Partial<S3BlobStoreOptions> = {}): S3BlobStore {
  return createS3BlobStore({
    bucket: door.bucket,
    prefix: 'helios/raw',
    endpoint: door.url,
    region: 'eu-1',
    isPathStyle: true,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secretexample' },
    logger,
    ...options,
    limits: { restMs: 1, ...options.limits },
  });
}

async function openStore(options: ObjectStoreDoorOptions): Promise<S3BlobStore> {
  return opened.use(storeOn(opened.use(await openObjectStoreDoor(options))));
}

blobStoreConformance('s3', () => openStore({}));
blobStoreConformance('s3 of a server without conditional writes that lists few names at once', () =>
  openStore({ knowsConditions: false, pageMax: 2 }),
);

describe('s3 blob store on a server that misbehaves', () => {
  const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => (index * 7) % 251);
  const key = 'helios/raw/acme/a/b';
  let stack: AsyncDisposableStack;
  let door: ObjectStoreDoor;
  let store: S3BlobStore;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    door = stack.use(await openObjectStoreDoor());
    store = stack.use(storeOn(door));
  });
  afterEach(() => stack.disposeAsync());

  const isA = (method: string) => (request: DoorRequest) => request.method === method && request.key !== '';
  const sent = (method: string) => door.requests.filter((request) => request.method === method);
  const refuse = (status: number, code: string, headers = {}): DoorTrouble => ({
    kind: 'refuse',
    status,
    code,
    headers,
  });

  const passing: readonly (readonly [string, DoorTrouble])[] = [
    ['503 SlowDown', refuse(503, 'SlowDown', { 'retry-after': '0' })],
    ['500 InternalError', refuse(500, 'InternalError')],
    ['400 RequestTimeout', refuse(400, 'RequestTimeout')],
    ['409 ConditionalRequestConflict', refuse(409, 'ConditionalRequestConflict')],
    ['400 BadDigest', refuse(400, 'BadDigest')],
    ['a page of a proxy', refuse(502, 'BadGateway')],
    ['a broken connection', { kind: 'break' }],
  ];
  it.each(passing)('gets over %s', async (_, trouble) => {
    door.trouble = troubleFor(2, isA('PUT'), trouble);
    await store.put(acme, 'a/b', bytes);
    expect(sent('PUT')).toHaveLength(3);
    door.trouble = troubleFor(2, isA('GET'), trouble);
    expect(Buffer.from((await store.get(acme, 'a/b')) ?? []).equals(bytes)).toBe(true);
    expect(sent('GET')).toHaveLength(3);
    door.trouble = troubleFor(2, isA('DELETE'), trouble);
    expect(await store.remove(acme, 'a/b')).toBe(true);
    door.trouble = troubleFor(1, ({ method }) => method === 'GET', trouble);
    expect(await store.list(acme, '', { limit: 5 })).toEqual([]);
  });

  it('gives up an attempt that stalls, and takes the next', async () => {
    await using hasty = storeOn(door, { limits: { idleMs: 1000 } });
    door.trouble = troubleFor(1, isA('PUT'), { kind: 'stall' });
    await hasty.put(acme, 'a/b', bytes);
    door.trouble = troubleFor(1, isA('GET'), { kind: 'stall-half-way' });
    expect(Buffer.from((await hasty.get(acme, 'a/b')) ?? []).equals(bytes)).toBe(true);
  });

  it('reads a blob whole whose body was cut', async () => {
    await store.put(acme, 'a/b', bytes);
    door.trouble = troubleFor(2, isA('GET'), { kind: 'cut' });
    expect(Buffer.from((await store.get(acme, 'a/b')) ?? []).equals(bytes)).toBe(true);
    expect(sent('GET')).toHaveLength(3);
  });

  it('reads bytes again that were spoilt on their way', async () => {
    await store.put(acme, 'a/b', bytes);
    door.trouble = troubleFor(1, isA('GET'), { kind: 'spoil' });
    expect(Buffer.from((await store.get(acme, 'a/b')) ?? []).equals(bytes)).toBe(true);
    expect(sent('GET')).toHaveLength(2);
  });

  it('hands out what is stored with other bytes than were written, and says so', async () => {
    await store.put(acme, 'a/b', bytes);
    const stored = door.objects.get(key);
    if (stored !== undefined) stored.bytes[5] = 255;
    const read = Buffer.from((await store.get(acme, 'a/b')) ?? []);
    expect(read.length).toBe(bytes.length);
    expect(read.equals(bytes)).toBe(false);
    expect(logger.lines.some(({ message }) => message === 'a blob is not stored as it was written')).toBe(true);
  });

  it('takes a write whose answer was lost as done', async () => {
    door.trouble = troubleFor(1, isA('PUT'), { kind: 'lose-answer' });
    await store.put(acme, 'a/b', bytes);
    expect(sent('PUT')).toHaveLength(2);
    expect(sent('HEAD')).toHaveLength(1);
    expect(door.objects.get(key)?.bytes.equals(bytes)).toBe(true);
  });

  it('does not write again what is there with the same bytes, and replaces what has others', async () => {
    await store.put(acme, 'a/b', bytes);
    await store.put(acme, 'a/b', bytes);
    expect(sent('PUT').map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*']);
    await store.put(acme, 'a/b', Uint8Array.of(1));
    expect(sent('PUT').map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*', '*', undefined]);
    expect(door.objects.get(key)?.bytes).toEqual(Buffer.of(1));
  });

  it('asks once whether a server knows conditional writes', async () => {
    await using plainDoor = await openObjectStoreDoor({ knowsConditions: false });
    await using plain = storeOn(plainDoor);
    for (const name of ['a', 'b', 'a']) await plain.put(acme, name, bytes);
    const conditions = plainDoor.requests
      .filter(({ method }) => method === 'PUT')
      .map(({ headers }) => headers['if-none-match']);
    expect(conditions).toEqual(['*', undefined, undefined]);
  });

  it('passes by what no blob store has written', async () => {
    for (const foreign of ['helios/raw/acme/', 'helios/raw/acme/a b', 'helios/raw/acmes/x', 'helios/raw/other/x'])
      door.objects.set(foreign, { bytes: Buffer.of(1), metadata: {} });
    await store.put(acme, 'a', bytes);
    expect(await store.list(acme, '', { limit: 100 })).toEqual(['a']);
  });

  it('refuses a server that lists without order, because a list could not go on beyond a name', async () => {
    await using wildDoor = await openObjectStoreDoor({ isOrdered: false });
    await using wild = storeOn(wildDoor);
    for (const name of ['a', 'b']) await wild.put(acme, name, bytes);
    await expect(wild.list(acme, '', { limit: 5 })).rejects.toMatchObject({ code: 'config-invalid' });
  });

  it('rejects with `unavailable` when a server goes on failing, and with `timeout` when it never answers', async () => {
    door.trouble = () => refuse(503, 'SlowDown');
    await expect(store.get(acme, 'a')).rejects.toMatchObject({ code: 'unavailable' });
    expect(sent('GET').length).toBeGreaterThan(3);
    await using hasty = storeOn(door, { limits: { idleMs: 100, attemptsMax: 2 } });
    door.trouble = () => ({ kind: 'stall' });
    await expect(hasty.get(acme, 'a')).rejects.toMatchObject({ code: 'timeout' });
    await expect(hasty.put(acme, 'a', Uint8Array.of(1))).rejects.toMatchObject({ code: 'timeout' });
    await using bounded = storeOn(door, { limits: { totalMs: 100 } });
    await expect(bounded.list(acme, '', { limit: 1 })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('ends what is under way when it is closed', async () => {
    const closed = storeOn(door);
    door.trouble = () => ({ kind: 'stall' });
    const reading = closed.get(acme, 'a').catch((error: unknown) => error);
    await vi.waitUntil(() => door.requests.length > 0, { timeout: 30_000, interval: 1 });
    await closed[Symbol.asyncDispose]();
    expect(await reading).toMatchObject({ code: 'unavailable' });
    await expect(closed.put(acme, 'a', bytes)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('proves that it can write, and tells what a person must mend', async () => {
    await store.prove();
    expect([...door.objects.keys()]).toEqual(['helios/raw/heliosiq-proof']);
    const cases: readonly (readonly [DoorTrouble, RegExp, RegExp])[] = [
      [refuse(403, 'InvalidAccessKeyId'), /does not accept the credentials/, /s3-access-key-id/],
      [refuse(403, 'SignatureDoesNotMatch'), /does not accept the credentials/, /s3-secret-access-key/],
      [refuse(404, 'XAdminUserNotFound'), /does not accept the credentials/, /s3-access-key-id/],
      [refuse(403, 'AccessDenied'), /refuses access/, /grant s3:ListBucket/],
      [refuse(404, 'NoSuchBucket'), /is not there/, /make the bucket/],
      [refuse(403, 'RequestTimeTooSkewed'), /the clock of this machine/, /set the clock right/],
      [refuse(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-7' }), /in another region: eu-7/, /to eu-7/],
    ];
    for (const [trouble, message, cure] of cases) {
      door.trouble = () => trouble;
      await expect(store.prove()).rejects.toMatchObject({
        code: 'config-invalid',
        message: expect.stringMatching(message),
        cure: expect.stringMatching(cure),
      });
    }
    door.trouble = () => refuse(500, 'InternalError');
    await expect(store.prove()).rejects.toMatchObject({ code: 'unavailable' });
    await using missing = storeOn(door, { bucket: 'nowhere' });
    door.trouble = () => undefined;
    await expect(missing.prove()).rejects.toMatchObject({ code: 'config-invalid' });
  });

  it('does not take a missing bucket or an unknown key of access for a missing blob', async () => {
    for (const code of ['NoSuchBucket', 'XAdminUserNotFound']) {
      door.trouble = () => refuse(404, code);
      await expect(store.get(acme, 'a')).rejects.toMatchObject({ code: 'unavailable' });
    }
  });

  it('says whether its bucket answers, and asks rarely while it does', async () => {
    const { signal } = new AbortController();
    let now = 0;
    await using watched = storeOn(door, { now: () => now });
    expect(await watched.health.check(signal)).toMatchObject({ name: 'blobs', ok: true });
    await watched.health.check(signal);
    expect(door.requests).toHaveLength(1);
    now += 60_000;
    door.trouble = () => refuse(503, 'SlowDown');
    expect(await watched.health.check(signal)).toMatchObject({ ok: false });
    door.trouble = () => undefined;
    expect(await watched.health.check(signal)).toMatchObject({ ok: true });
    await using other = storeOn(door, { bucket: 'nowhere' });
    const failing = await other.health.check(signal);
    expect(failing.ok).toBe(false);
    // Everybody may ask for health; where the bucket is stands in the log.
    expect(JSON.stringify(failing)).not.toMatch(/nowhere|127/);
    expect(logger.lines.some(({ fields }) => /bucket nowhere at 127/.test(String(fields['error'])))).toBe(true);
  });

  it('never tells a secret', async () => {
    door.trouble = () => refuse(403, 'SignatureDoesNotMatch');
    const fault: unknown = await store.prove().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Error);
    expect(JSON.stringify([String(fault), fault, logger.lines])).not.toContain('secretexample');
  });
});
