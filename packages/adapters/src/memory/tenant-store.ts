import { HeliosError, type ApiKey, type ApiKeyId, type Tenant, type TenantId } from '@heliosiq/model';
import type { TenantStore } from '@heliosiq/ports';
import { keyUseIntervalMs } from '../key-use.ts';

interface HeldKey {
  key: ApiKey;
  readonly secretHash: string;
}

/** A tenant store in memory, gone with the process. */
export function createMemoryTenantStore(): TenantStore {
  const tenants = new Map<TenantId, Tenant>();
  const keys = new Map<ApiKeyId, HeldKey>();
  const bySecret = new Map<string, HeldKey>();

  function keyOf(tenantId: TenantId, id: ApiKeyId): HeldKey | undefined {
    const held = keys.get(id);
    return held?.key.tenantId === tenantId ? held : undefined;
  }

  return {
    async addTenant(tenant) {
      if (tenants.has(tenant.id)) return false;
      tenants.set(tenant.id, tenant);
      return true;
    },
    async tenants() {
      return [...tenants.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, 10_000);
    },
    async addKey(tenantId, key, secretHash) {
      if (keys.has(key.id) || bySecret.has(secretHash))
        throw new HeliosError('conflict', 'There is such a key already');
      const held = { key: { ...key, tenantId }, secretHash };
      keys.set(key.id, held);
      bySecret.set(secretHash, held);
    },
    async keys(tenantId) {
      return [...keys.values()]
        .flatMap(({ key }) => (key.tenantId === tenantId ? [key] : []))
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
        .slice(0, 1000);
    },
    async revokeKey(tenantId, id, at) {
      const held = keyOf(tenantId, id);
      if (held === undefined || held.key.revokedAt !== undefined) return false;
      held.key = { ...held.key, revokedAt: at };
      return true;
    },
    async findKey(secretHash) {
      return bySecret.get(secretHash)?.key;
    },
    async touchKey(tenantId, id, at) {
      const held = keyOf(tenantId, id);
      if (held === undefined || at < (held.key.lastUsedAt ?? -Infinity) + keyUseIntervalMs) return;
      held.key = { ...held.key, lastUsedAt: at };
    },
  };
}
