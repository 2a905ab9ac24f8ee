import { beforeAll, describe, expect, it } from 'vitest';
import type { BlobStore } from '../src/blob-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const badNames = [
  '',
  '/etc/passwd',
  'a/',
  'a//b',
  '.',
  '..',
  '../a',
  'a/../b',
  'a/./b',
  'a b',
  'a\\b',
  'a\0b',
  'ä',
  `${'a/'.repeat(250)}a`,
  'a'.repeat(501),
];

/** The promises of `BlobStore`. */
export function blobStoreConformance(name: string, open: OpenStore<BlobStore>): void {
  describe(`${name} as a blob store`, () => {
    let store: BlobStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns the bytes that were put, empty ones too', async () => {
      const tenantId = freshTenant();
      const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 256);
      await store.put(tenantId, 'raw/2026-01-01/part_1.bin', bytes);
      await store.put(tenantId, 'empty', new Uint8Array());
      expect(Buffer.from((await store.get(tenantId, 'raw/2026-01-01/part_1.bin')) ?? []).equals(bytes)).toBe(true);
      expect((await store.get(tenantId, 'empty'))?.length).toBe(0);
      expect(await store.get(tenantId, 'raw')).toBeUndefined();
      expect(await store.get(tenantId, 'missing/name')).toBeUndefined();
    });

    it('replaces a blob, and does not change with the bytes it was given', async () => {
      const tenantId = freshTenant();
      const bytes = Uint8Array.of(1, 2, 3);
      await store.put(tenantId, 'a', Uint8Array.of(9));
      await store.put(tenantId, 'a', bytes);
      bytes.fill(0);
      expect([...((await store.get(tenantId, 'a')) ?? [])]).toEqual([1, 2, 3]);
    });

    it('never shows half of a blob that is being replaced', async () => {
      const tenantId = freshTenant();
      const versions = [1, 2].map((byte) => new Uint8Array(300_000).fill(byte));
      await store.put(tenantId, 'a', versions[0] ?? new Uint8Array());
      const writing = Promise.all(
        versions.flatMap((bytes) => [store.put(tenantId, 'a', bytes), store.put(tenantId, 'a', bytes)]),
      );
      for (let read = 0; read < 10; read += 1) {
        const bytes = await store.get(tenantId, 'a');
        expect(bytes?.length).toBe(300_000);
        expect(new Set(bytes).size).toBe(1);
      }
      await writing;
    });

    it('lists names under a prefix in ascending order, at most as many as asked for', async () => {
      const tenantId = freshTenant();
      for (const blob of ['b/2', 'b/10', 'a', 'b/sub/x', 'ba', 'b.c', 'c'])
        await store.put(tenantId, blob, Uint8Array.of(1));
      expect(await store.list(tenantId, '', { limit: 100 })).toEqual(['a', 'b.c', 'b/10', 'b/2', 'b/sub/x', 'ba', 'c']);
      expect(await store.list(tenantId, 'b/', { limit: 100 })).toEqual(['b/10', 'b/2', 'b/sub/x']);
      expect(await store.list(tenantId, 'b', { limit: 3 })).toEqual(['b.c', 'b/10', 'b/2']);
      expect(await store.list(tenantId, 'b/s', { limit: 3 })).toEqual(['b/sub/x']);
      expect(await store.list(tenantId, 'nothing/here', { limit: 3 })).toEqual([]);
    });

    it('goes on with its list beyond a name, whether or not that one is there', async () => {
      const tenantId = freshTenant();
      const names = ['a', 'b.c', 'b/10', 'b/2', 'b/sub/x', 'b/sub/y', 'ba', 'c'];
      for (const blob of names) await store.put(tenantId, blob, Uint8Array.of(1));
      for (const [index, after] of names.entries()) {
        expect(await store.list(tenantId, '', { limit: 100, after })).toEqual(names.slice(index + 1));
      }
      expect(await store.list(tenantId, 'b/', { limit: 2, after: 'b/10' })).toEqual(['b/2', 'b/sub/x']);
      expect(await store.list(tenantId, 'b/', { limit: 9, after: 'b/sub/' })).toEqual(['b/sub/x', 'b/sub/y']);
      expect(await store.list(tenantId, '', { limit: 9, after: 'b/sub/xx' })).toEqual(['b/sub/y', 'ba', 'c']);
      expect(await store.list(tenantId, 'a', { limit: 9, after: 'b' })).toEqual([]);
    });

    it('removes a blob once', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, 'a/b', Uint8Array.of(1));
      expect(await store.remove(tenantId, 'a/b')).toBe(true);
      expect(await store.remove(tenantId, 'a/b')).toBe(false);
      expect(await store.get(tenantId, 'a/b')).toBeUndefined();
      expect(await store.list(tenantId, '', { limit: 10 })).toEqual([]);
    });

    it('shows a tenant nothing of another', async () => {
      await store.put(freshTenant(), 'a', Uint8Array.of(1));
      const stranger = freshTenant();
      expect(await store.get(stranger, 'a')).toBeUndefined();
      expect(await store.list(stranger, '', { limit: 10 })).toEqual([]);
      expect(await store.remove(stranger, 'a')).toBe(false);
    });

    it('refuses names and prefixes that could lead elsewhere', async () => {
      const tenantId = freshTenant();
      for (const bad of badNames.filter((one) => one.length <= 501)) {
        await expect(store.put(tenantId, bad, Uint8Array.of(1)), `put ${bad}`).rejects.toMatchObject({
          code: 'invalid-request',
        });
        await expect(store.get(tenantId, bad), `get ${bad}`).rejects.toMatchObject({ code: 'invalid-request' });
        await expect(store.remove(tenantId, bad), `remove ${bad}`).rejects.toMatchObject({ code: 'invalid-request' });
      }
      for (const bad of ['../', '..', '/', 'a/../', 'a\0']) {
        await expect(store.list(tenantId, bad, { limit: 1 }), `list ${bad}`).rejects.toMatchObject({
          code: 'invalid-request',
        });
      }
      await expect(store.list(tenantId, '', { limit: 0 })).rejects.toMatchObject({ code: 'invalid-request' });
    });
  });
}
