import { newApiKeyId, type ApiKey, type TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TenantStore } from '../src/tenant-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const startAt = Date.UTC(2026, 0, 1);

function keyOf(tenantId: TenantId, change: Partial<ApiKey> = {}): ApiKey {
  return { id: newApiKeyId(), tenantId, name: 'a key', role: 'operator', createdAt: startAt, ...change };
}

/** The promises of `TenantStore`. */
export function tenantStoreConformance(name: string, open: OpenStore<TenantStore>): void {
  describe(`${name} as a tenant store`, () => {
    let store: TenantStore;
    beforeAll(async () => {
      store = await open();
    });

    async function newTenant(): Promise<TenantId> {
      const id = freshTenant();
      await store.addTenant({ id, name: 'Somebody', createdAt: startAt });
      return id;
    }

    it('adds a tenant once and keeps the first', async () => {
      const tenant = { id: freshTenant(), name: 'First', createdAt: startAt };
      expect(await store.addTenant(tenant)).toBe(true);
      expect(await store.addTenant({ ...tenant, name: 'Second' })).toBe(false);
      expect((await store.tenants()).filter((found) => found.id === tenant.id)).toEqual([tenant]);
    });

    it('lets one of concurrent adders win', async () => {
      const tenant = { id: freshTenant(), name: 'First', createdAt: startAt };
      const added = await Promise.all(Array.from({ length: 5 }, () => store.addTenant(tenant)));
      expect(added.filter(Boolean)).toHaveLength(1);
    });

    it('lists tenants by id', async () => {
      await newTenant();
      await newTenant();
      const ids = (await store.tenants()).map((tenant) => tenant.id);
      expect(ids).toEqual(ids.toSorted());
      expect(ids.length).toBeGreaterThanOrEqual(2);
    });

    it('finds a key by the hash of its secret alone', async () => {
      const tenantId = await newTenant();
      const key = keyOf(tenantId);
      const secretHash = sha256Hex(key.id);
      await store.addKey(tenantId, key, secretHash);
      expect(await store.findKey(secretHash)).toEqual(key);
      expect(await store.findKey(sha256Hex('another secret'))).toBeUndefined();
    });

    it('refuses a secret that another key has', async () => {
      const [tenantId, other] = [await newTenant(), await newTenant()];
      const key = keyOf(tenantId);
      await store.addKey(tenantId, key, sha256Hex(key.id));
      await expect(store.addKey(other, keyOf(other), sha256Hex(key.id))).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.findKey(sha256Hex(key.id))).toEqual(key);
    });

    it("lists a tenant's keys newest first, revoked ones too, and no other tenant's", async () => {
      const [tenantId, other] = [await newTenant(), await newTenant()];
      const keys = [2, 1, 3].map((number) => keyOf(tenantId, { createdAt: startAt + number, name: `key ${number}` }));
      for (const key of keys) await store.addKey(tenantId, key, sha256Hex(key.id));
      const [second] = keys;
      if (second !== undefined) await store.revokeKey(tenantId, second.id, startAt + 50);
      const listed = await store.keys(tenantId);
      expect(listed.map((key) => key.name)).toEqual(['key 3', 'key 2', 'key 1']);
      expect(listed[1]?.revokedAt).toBe(startAt + 50);
      expect(await store.keys(other)).toEqual([]);
    });

    it('revokes once, and only for the tenant the key belongs to', async () => {
      const [tenantId, other] = [await newTenant(), await newTenant()];
      const key = keyOf(tenantId);
      await store.addKey(tenantId, key, sha256Hex(key.id));
      expect(await store.revokeKey(other, key.id, startAt + 1)).toBe(false);
      expect(await store.revokeKey(tenantId, key.id, startAt + 2)).toBe(true);
      expect(await store.revokeKey(tenantId, key.id, startAt + 3)).toBe(false);
      expect(await store.revokeKey(tenantId, newApiKeyId(), startAt + 3)).toBe(false);
      expect((await store.findKey(sha256Hex(key.id)))?.revokedAt).toBe(startAt + 2);
    });

    it('remembers the use of a key at most once a minute', async () => {
      const tenantId = await newTenant();
      const key = keyOf(tenantId);
      await store.addKey(tenantId, key, sha256Hex(key.id));
      async function usedAt(at: number): Promise<number | undefined> {
        await store.touchKey(tenantId, key.id, at);
        return (await store.findKey(sha256Hex(key.id)))?.lastUsedAt;
      }
      expect(await usedAt(startAt)).toBe(startAt);
      expect(await usedAt(startAt + 59_999)).toBe(startAt);
      expect(await usedAt(startAt + 60_000)).toBe(startAt + 60_000);
      expect(await usedAt(startAt + 10)).toBe(startAt + 60_000);
    });
  });
}
