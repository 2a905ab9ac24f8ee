import type { TenantId } from '@heliosiq/model';
import type { TuningStore } from '@heliosiq/ports';
import { type TuningRules, createTuningRules } from './tuning-rules.ts';

/** A change is heard of after this long at most. */
const freshMs = 2000;

/** Reads a tenant's tunings, again when they may have changed. */
export interface TuningReader {
  rulesOf(tenantId: TenantId): Promise<TuningRules>;
}

/** @param store absent: nobody tunes */
export function createTuningReader(store: TuningStore | undefined): TuningReader {
  const none = createTuningRules([]);
  const held = new Map<TenantId, { readonly rules: TuningRules; readonly readAt: number }>();
  return {
    async rulesOf(tenantId) {
      if (store === undefined) return none;
      const known = held.get(tenantId);
      if (known !== undefined && performance.now() - known.readAt < freshMs) return known.rules;
      const tunings = await store.list(tenantId);
      const rules = tunings.length === 0 ? none : createTuningRules(tunings);
      held.set(tenantId, { rules, readAt: performance.now() });
      return rules;
    },
  };
}
