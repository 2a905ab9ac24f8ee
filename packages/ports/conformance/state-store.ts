import { beforeAll, describe, expect, it } from 'vitest';
import type { StateEntry, StateStore } from '../src/state-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

function entryOf(key: string, ...bytes: number[]): StateEntry {
  return { key, bytes: Uint8Array.from(bytes) };
}

/** Entries by key, with plain arrays: a store may answer with any kind of `Uint8Array`. */
function plain(entries: readonly StateEntry[]): Record<string, number[]> {
  return Object.fromEntries(entries.map(({ key, bytes }) => [key, [...bytes]]));
}

/** The promises of `StateStore`. */
export function stateStoreConformance(name: string, open: OpenStore<StateStore>): void {
  describe(`${name} as a state store`, () => {
    let store: StateStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns the entries that exist among the keys, bytes unchanged', async () => {
      const tenantId = freshTenant();
      const all = Array.from({ length: 256 }, (_, byte) => byte);
      await store.put(tenantId, 'detect', [entryOf('a', ...all), entryOf('empty'), entryOf('c', 0, 255)]);
      expect(plain(await store.get(tenantId, 'detect', ['a', 'empty', 'missing']))).toEqual({ a: all, empty: [] });
      expect(await store.get(tenantId, 'detect', [])).toEqual([]);
    });

    it('lets the last write of a key win, in one call and later', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, 'detect', [entryOf('a', 1), entryOf('b', 1), entryOf('a', 2)]);
      expect(plain(await store.get(tenantId, 'detect', ['a', 'b']))).toEqual({ a: [2], b: [1] });
      await store.put(tenantId, 'detect', [entryOf('a', 3, 3)]);
      expect(plain(await store.get(tenantId, 'detect', ['a', 'b']))).toEqual({ a: [3, 3], b: [1] });
    });

    it('does not change with the bytes it was given', async () => {
      const tenantId = freshTenant();
      const entry = entryOf('a', 1, 2);
      await store.put(tenantId, 'detect', [entry]);
      entry.bytes.fill(9);
      expect(plain(await store.get(tenantId, 'detect', ['a']))).toEqual({ a: [1, 2] });
    });

    it('keeps scopes and tenants apart', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, 'detect', [entryOf('a', 1)]);
      await store.put(tenantId, 'other', [entryOf('a', 2)]);
      expect(plain(await store.get(tenantId, 'detect', ['a']))).toEqual({ a: [1] });
      expect(await store.get(tenantId, 'third', ['a'])).toEqual([]);
      expect(await store.get(freshTenant(), 'detect', ['a'])).toEqual([]);
    });

    it('writes many entries at once and takes concurrent writers of the same keys', async () => {
      const tenantId = freshTenant();
      const entries = Array.from({ length: 500 }, (_, index) => entryOf(`key-${index}`, index % 256));
      await Promise.all(
        Array.from({ length: 4 }, (_, writer) =>
          store.put(tenantId, 's', writer % 2 === 0 ? entries : entries.toReversed()),
        ),
      );
      const found = await store.get(
        tenantId,
        's',
        entries.map((entry) => entry.key),
      );
      expect(plain(found)).toEqual(plain(entries));
    });

    it('refuses more than 10,000 keys', async () => {
      const keys = Array.from({ length: 10_001 }, (_, index) => String(index));
      await expect(store.get(freshTenant(), 's', keys)).rejects.toMatchObject({ code: 'invalid-request' });
    });
  });
}
