import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TenantId } from '@heliosiq/model';
import { blobStoreConformance } from '@heliosiq/ports/conformance/blob-store.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFilesystemBlobStore } from './blob-store.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'heliosiq-blobs-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

blobStoreConformance('filesystem', () => createFilesystemBlobStore({ dir: path.join(home, 'conformance') }));

describe('filesystem blob store', () => {
  const acme = 'acme' as TenantId; // a valid slug

  it('keeps files and folders from everybody but the owner, and leaves no drafts', async () => {
    const dir = path.join(home, 'modes');
    const store = createFilesystemBlobStore({ dir });
    await store.put(acme, 'a/b', Uint8Array.of(1));
    await store.put(acme, 'a/b', Uint8Array.of(2));
    expect((await stat(path.join(dir, 'acme/a/b'))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(dir, 'acme/a'))).mode & 0o777).toBe(0o700);
    expect(await readdir(path.join(dir, 'acme/a'))).toEqual(['b']);
  });

  it('never follows a symbolic link out of its folder', async () => {
    const dir = path.join(home, 'links');
    const outside = path.join(home, 'outside');
    await mkdir(outside);
    await writeFile(path.join(outside, 'secret'), 'secret');
    const store = createFilesystemBlobStore({ dir });
    await store.put(acme, 'own', Uint8Array.of(1));
    await symlink(outside, path.join(dir, 'acme/folder'));
    await symlink(path.join(outside, 'secret'), path.join(dir, 'acme/file'));

    expect(await store.get(acme, 'folder/secret')).toBeUndefined();
    expect(await store.get(acme, 'file')).toBeUndefined();
    expect(await store.remove(acme, 'folder/secret')).toBe(false);
    await expect(store.put(acme, 'folder/new', Uint8Array.of(1))).rejects.toMatchObject({ code: 'internal' });
    expect(await store.list(acme, '', { limit: 10 })).toEqual(['own']);
    // A link in the place of a blob is replaced, and what it pointed to stays.
    await store.put(acme, 'file', Uint8Array.of(7));
    expect([...((await store.get(acme, 'file')) ?? [])]).toEqual([7]);
    expect(await readFile(path.join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(await readdir(outside)).toEqual(['secret']);
  });

  it('refuses a blob where a folder is, and a folder where a blob is', async () => {
    const store = createFilesystemBlobStore({ dir: path.join(home, 'both') });
    await store.put(acme, 'a/b', Uint8Array.of(1));
    await expect(store.put(acme, 'a', Uint8Array.of(1))).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.put(acme, 'a/b/c', Uint8Array.of(1))).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.list(acme, '', { limit: 10 })).toEqual(['a/b']);
  });

  it('keeps its blobs when it is opened again', async () => {
    const dir = path.join(home, 'again');
    await createFilesystemBlobStore({ dir }).put(acme, 'a', Uint8Array.of(5));
    expect([...((await createFilesystemBlobStore({ dir }).get(acme, 'a')) ?? [])]).toEqual([5]);
  });
});
