import type { LogPatternStore, StoredLogPattern } from '@heliosiq/ports';
import { checkKeyCount, checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

/** A catalogue of log patterns in memory, gone with the process. */
export function createMemoryLogPatternStore(): LogPatternStore {
  const tenants = createTenantMap(() => new Map<string, StoredLogPattern>());
  return {
    async put(tenantId, patterns) {
      const held = tenants.of(tenantId);
      for (const pattern of patterns) {
        const before = held.get(pattern.id);
        held.set(pattern.id, before === undefined ? pattern : merged(before, pattern));
      }
    },
    async remove(tenantId, ids) {
      for (const id of ids) tenants.of(tenantId).delete(id);
    },
    async list(tenantId, { limit }) {
      checkedLimit(limit, 20_000);
      return [...tenants.of(tenantId).values()]
        .sort((a, b) => b.lastAt - a.lastAt || (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },
    async find(tenantId, ids) {
      checkKeyCount(ids, 2000, 'patterns');
      const wanted = new Set(ids);
      return [...tenants.of(tenantId).values()]
        .filter(({ id, formerIds }) => wanted.has(id) || formerIds.some((former) => wanted.has(former)))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}

function merged(before: StoredLogPattern, news: StoredLogPattern): StoredLogPattern {
  return {
    ...news,
    places: [...new Set([...before.places, ...news.places])],
    formerIds: [...new Set([...before.formerIds, ...news.formerIds])],
    firstAt: Math.min(before.firstAt, news.firstAt),
    lastAt: Math.max(before.lastAt, news.lastAt),
    example: before.example,
  };
}
