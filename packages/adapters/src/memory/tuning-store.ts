import { HeliosError, type Tuning } from '@heliosiq/model';
import { type TuningStore, tuningsMax } from '@heliosiq/ports';
import { createTenantMap } from './tenant-map.ts';

/** A tuning store in memory, gone with the process. */
export function createMemoryTuningStore(): TuningStore {
  const tenants = createTenantMap(() => new Map<string, Tuning>());
  return {
    async put(tenantId, tuning) {
      const held = tenants.of(tenantId);
      if (!held.has(tuning.id) && held.size >= tuningsMax) {
        throw new HeliosError('conflict', `There are ${tuningsMax} tunings already`);
      }
      held.set(tuning.id, tuning);
    },
    remove: async (tenantId, id) => tenants.of(tenantId).delete(id),
    list: async (tenantId) =>
      [...tenants.of(tenantId).values()].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)),
  };
}
