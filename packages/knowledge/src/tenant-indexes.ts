/** The indexes of the tenants in use: loaded on first need, the longest unused let go, changes of one tenant one after another. */

import type { TenantId } from '@heliosiq/model';
import type { AnyTenantIndex } from './tenant-loading.ts';

export interface TenantIndexes {
  /** A tenant's index, loaded when it is not in memory. */
  readonly get: (tenantId: TenantId) => Promise<AnyTenantIndex>;
  /** Runs a change while no other change of that tenant runs, so that store and index see the same order. */
  readonly change: <Result>(tenantId: TenantId, work: (index: AnyTenantIndex) => Promise<Result>) => Promise<Result>;
  /** The indexes in memory; one that cannot be loaded is left out. */
  readonly loaded: () => Promise<readonly (readonly [TenantId, AnyTenantIndex])[]>;
  /** Drops a tenant's index, so that the next use loads it anew from the store. */
  readonly forget: (tenantId: TenantId) => void;
}

/** Holds at most `tenantsMax` indexes; a failed load is forgotten, so that the next call tries again. */
export function createTenantIndexes(
  load: (tenantId: TenantId) => Promise<AnyTenantIndex>,
  tenantsMax: number,
): TenantIndexes {
  const loaded = new Map<TenantId, Promise<AnyTenantIndex>>();
  const changes = new Map<TenantId, Promise<unknown>>();

  function get(tenantId: TenantId): Promise<AnyTenantIndex> {
    const known = loaded.get(tenantId);
    const index = known ?? load(tenantId);
    // Set anew: a Map keeps the order of insertion, so the first entry is the longest unused.
    loaded.delete(tenantId);
    loaded.set(tenantId, index);
    if (!known) {
      index.catch(() => {
        if (loaded.get(tenantId) === index) loaded.delete(tenantId);
      });
      evict();
    }
    return index;
  }

  /** Lets go of unused indexes, but never of one that is being changed: its change would be lost on the copy loaded next. */
  function evict(): void {
    for (const tenantId of loaded.keys()) {
      if (loaded.size <= tenantsMax) return;
      if (!changes.has(tenantId)) loaded.delete(tenantId);
    }
  }

  return {
    get,
    async change(tenantId, work) {
      const before = changes.get(tenantId) ?? Promise.resolve();
      const run = async () => work(await get(tenantId));
      const mine = before.then(run, run);
      changes.set(tenantId, mine);
      try {
        return await mine;
      } finally {
        if (changes.get(tenantId) === mine) changes.delete(tenantId);
      }
    },
    async loaded() {
      const settled = await Promise.allSettled(
        [...loaded].map(async ([tenantId, index]) => [tenantId, await index] as const),
      );
      return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    },
    forget: (tenantId) => void loaded.delete(tenantId),
  };
}
