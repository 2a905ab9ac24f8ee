import type { Silence } from '@heliosiq/model';
import type { SilenceStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

/** A silence store in memory, gone with the process. */
export function createMemorySilenceStore(): SilenceStore {
  const tenants = createTenantMap(() => new Map<string, Silence>());
  return {
    async put(tenantId, silence) {
      tenants.of(tenantId).set(silence.id, silence);
    },
    async get(tenantId, id) {
      return tenants.of(tenantId).get(id);
    },
    async list(tenantId, { limit, endingAfter = -Infinity }) {
      checkedLimit(limit, 1000);
      return [...tenants.of(tenantId).values()]
        .filter(({ endsAt }) => endsAt > endingAfter)
        .sort((a, b) => b.startsAt - a.startsAt || (a.id < b.id ? 1 : -1))
        .slice(0, limit);
    },
  };
}
