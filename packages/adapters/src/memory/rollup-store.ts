import type { RollupResolution, RollupStore, StoredRollupPage } from '@heliosiq/ports';
import { checkKeyCount } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

/** A rollup store in memory, gone with the process. */
export function createMemoryRollupStore(): RollupStore {
  const tenants = createTenantMap(() => new Map<string, StoredRollupPage>());

  return {
    async put(tenantId, pages) {
      const held = tenants.of(tenantId);
      if (pages.some((page) => (held.get(keyOf(page))?.revision ?? 0) !== page.replaces)) return false;
      for (const { replaces, ...page } of pages) {
        held.set(keyOf(page), { ...page, bytes: Uint8Array.from(page.bytes), revision: replaces + 1 });
      }
      return true;
    },

    async read(tenantId, { resolution, series, range }, options = {}) {
      options.signal?.throwIfAborted();
      checkKeyCount(series, 1000, 'series');
      const wanted = new Set(series);
      return [...tenants.of(tenantId).values()]
        .filter(
          (page) =>
            page.resolution === resolution &&
            wanted.has(page.seriesId) &&
            page.startAt < range.to &&
            page.endAt > range.from,
        )
        .sort((a, b) => (a.seriesId < b.seriesId ? -1 : a.seriesId > b.seriesId ? 1 : a.startAt - b.startAt));
    },

    forgetful: (resolution: RollupResolution) => ({
      async forget(tenantId, { before, isDryRun = false }) {
        const held = tenants.of(tenantId);
        const old = [...held.values()].filter((page) => page.resolution === resolution && page.endAt <= before);
        if (!isDryRun) for (const page of old) held.delete(keyOf(page));
        return { items: old.length, bytes: old.reduce((sum, { bytes }) => sum + bytes.length, 0) };
      },
    }),
  };
}

function keyOf({
  resolution,
  seriesId,
  startAt,
}: Pick<StoredRollupPage, 'resolution' | 'seriesId' | 'startAt'>): string {
  return `${resolution} ${seriesId} ${startAt}`;
}
