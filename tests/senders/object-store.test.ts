import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createS3BlobStore, type S3BlobStoreOptions } from '@heliosiq/adapters/s3/blob-store.ts';
import { TenantId } from '@heliosiq/model';
import { blobStoreConformance } from '@heliosiq/ports/conformance/blob-store.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectBronzeLives } from '../lake/bronze-life.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startVersitygw, type VersitygwProcess } from '../support/versitygw-process.ts';

const program = process.env['HELIOS_TEST_VERSITYGW'];

describe.skipIf(program === undefined)('blobs in a real object store (needs HELIOS_TEST_VERSITYGW)', () => {
  const acme = TenantId.parse('acme');
  const opened = new AsyncDisposableStack();
  let server: VersitygwProcess;
  beforeAll(async () => {
    const folder = opened.use(await temporaryFolder());
    server = opened.use(await startVersitygw({ program: program ?? '', folder: folder.path }));
  });
  afterAll(() => opened.disposeAsync());

  const openStore = (options: Partial<S3BlobStoreOptions> = {}) =>
    createS3BlobStore({
      ...{ bucket: server.bucket, endpoint: server.url, region: 'us-east-1', isPathStyle: true },
      ...{ credentials: server.credentials, logger: createMemoryLogger(), limits: { restMs: 50 } },
      ...options,
    });

  blobStoreConformance('versitygw', () => opened.use(openStore({ prefix: 'conformance' })));

  it('lists more names than fit into one answer', async () => {
    await using store = openStore({ prefix: 'many' });
    const names = Array.from({ length: 1050 }, (_, index) => `n/${String(index).padStart(5, '0')}`);
    for (const part of Map.groupBy(names, (_, index) => index % 100).values())
      await Promise.all(part.map((name) => store.put(acme, name, Buffer.from(name))));
    expect(await store.list(acme, 'n/', { limit: 10_000 })).toEqual(names);
    expect(await store.list(acme, 'n/', { limit: 10, after: names[1001] ?? '' })).toEqual(names.slice(1002, 1012));
  });

  it('carries bronze through its life: written, verified, merged, replayed, forgotten', async () => {
    await using store = openStore({ prefix: 'life' });
    await store.prove();
    await expectBronzeLives(store);
    expect(await store.health.check(new AbortController().signal)).toMatchObject({ ok: true });
  });

  it('tells what is wrong before the start: bucket, key, secret', async () => {
    const wrong: readonly (readonly [Partial<S3BlobStoreOptions>, RegExp])[] = [
      [{ bucket: 'nowhere' }, /is not there/],
      [{ credentials: { ...server.credentials, secretAccessKey: 'wrong' } }, /does not accept the credentials/],
      [{ credentials: { ...server.credentials, accessKeyId: 'NOBODY' } }, /does not accept the credentials/],
    ];
    for (const [options, message] of wrong) {
      await using store = openStore(options);
      await expect(store.prove()).rejects.toMatchObject({
        code: 'config-invalid',
        message: expect.stringMatching(message),
      });
    }
  });

  it('goes on after the server was killed, with all that was acknowledged', async () => {
    await using store = openStore({ prefix: 'killed', limits: { restMs: 5, attemptsMax: 2 } });
    await store.put(acme, 'a', Buffer.from('before'));
    await server.stop('SIGKILL');
    await expect(store.put(acme, 'b', Buffer.from('lost'))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.health.check(new AbortController().signal)).toMatchObject({ ok: false });
    await server.start();
    expect(Buffer.from((await store.get(acme, 'a')) ?? []).toString()).toBe('before');
    await store.put(acme, 'b', Buffer.from('after'));
    expect(await store.list(acme, '', { limit: 10 })).toEqual(['a', 'b']);
    expect(await store.health.check(new AbortController().signal)).toMatchObject({ ok: true });
  });
});
