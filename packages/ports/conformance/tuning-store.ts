import type { Tuning } from '@heliosiq/model';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TuningStore } from '../src/tuning-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const holiday = (id: string, createdAt: number): Tuning => ({
  ...{ kind: 'holiday', id, createdAt, createdBy: 'key:1', title: 'New Year "\u0000', date: '2026-01-01' },
  from: Date.UTC(2026, 0, 1),
  to: Date.UTC(2026, 0, 2),
});

/** The promises of a tuning store. */
export function tuningStoreConformance(name: string, open: OpenStore<TuningStore>): void {
  describe(`${name} keeps the promises of a tuning store`, () => {
    let store: TuningStore;
    beforeAll(async () => {
      store = await open();
    });

    test('what was put is listed, the newest first, and the same id replaces', async () => {
      const tenant = freshTenant();
      await store.put(tenant, holiday('a', 1));
      await store.put(tenant, holiday('b', 2));
      await store.put(tenant, { ...holiday('a', 1), createdBy: 'key:2' });
      expect(await store.list(tenant)).toEqual([holiday('b', 2), { ...holiday('a', 1), createdBy: 'key:2' }]);
    });

    test('what was removed is gone, and removing it again says so', async () => {
      const tenant = freshTenant();
      await store.put(tenant, holiday('a', 1));
      expect(await store.remove(tenant, 'a')).toBe(true);
      expect(await store.remove(tenant, 'a')).toBe(false);
      expect(await store.list(tenant)).toEqual([]);
    });

    test('a tenant sees and removes nothing of another one', async () => {
      const [tenant, other] = [freshTenant(), freshTenant()];
      await store.put(tenant, holiday('a', 1));
      expect(await store.list(other)).toEqual([]);
      expect(await store.remove(other, 'a')).toBe(false);
      expect(await store.list(tenant)).toHaveLength(1);
    });
  });
}
