import type { RetentionEntry, RetentionJournal } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

/** The journal of retention in memory, gone with the process. */
export function createMemoryRetentionJournal(): RetentionJournal {
  const tenants = createTenantMap(() => new Map<string, RetentionEntry>());
  return {
    async add(tenantId, entries) {
      const held = tenants.of(tenantId);
      for (const entry of entries) if (!held.has(entry.id)) held.set(entry.id, entry);
    },
    async list(tenantId, { limit }) {
      checkedLimit(limit, 1000);
      return [...tenants.of(tenantId).values()].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).slice(0, limit);
    },
    async expire(tenantId, before) {
      const held = tenants.of(tenantId);
      const old = [...held.values()].filter(({ at }) => at < before);
      for (const { id } of old) held.delete(id);
      return old.length;
    },
  };
}
