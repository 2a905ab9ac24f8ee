import type { IdempotencyStore, RememberedResponse } from '@heliosiq/ports';
import { createTenantMap } from './tenant-map.ts';

const dayMs = 86_400_000;

/** An idempotency store in memory, gone with the process. */
export function createMemoryIdempotencyStore(): IdempotencyStore {
  const tenants = createTenantMap(
    () => new Map<string, { readonly response: RememberedResponse; readonly at: number }>(),
  );
  return {
    async get(tenantId, key) {
      return tenants.of(tenantId).get(key)?.response;
    },
    async put(tenantId, key, response, at) {
      const held = tenants.of(tenantId);
      if (!held.has(key)) held.set(key, { response, at });
    },
    async expire(now) {
      let removed = 0;
      for (const [, held] of tenants.entries()) {
        for (const [key, { at }] of held) {
          if (at < now - dayMs && held.delete(key)) removed += 1;
        }
      }
      return removed;
    },
  };
}
