import type { StateStore } from '@heliosiq/ports';
import { checkKeyCount } from '../limits.ts';
import { createTenantMap, type TenantMap } from './tenant-map.ts';

/** A state store in memory, gone with the process. */
export function createMemoryStateStore(): StateStore {
  const tenants: TenantMap<Map<string, Map<string, Uint8Array>>> = createTenantMap(() => new Map());
  return {
    async put(tenantId, scope, entries) {
      const scopes = tenants.of(tenantId);
      const held = scopes.get(scope) ?? new Map<string, Uint8Array>();
      for (const { key, bytes } of entries) held.set(key, Uint8Array.from(bytes));
      scopes.set(scope, held);
    },
    async get(tenantId, scope, keys) {
      checkKeyCount(keys, 10_000, 'keys');
      const held = tenants.of(tenantId).get(scope);
      return [...new Set(keys)].flatMap((key) => {
        const bytes = held?.get(key);
        return bytes === undefined ? [] : [{ key, bytes }];
      });
    },
  };
}
