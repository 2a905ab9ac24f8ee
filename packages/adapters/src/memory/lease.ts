import type { Lease } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';

/** Leases within one process. */
export function createMemoryLease(now: () => number = Date.now): Lease {
  const held = new Map<string, { readonly holder: string; readonly until: number }>();
  return {
    async take(name, holder, ttlMs) {
      checkedLimit(ttlMs, 3_600_000, 'ttlMs');
      const current = held.get(name);
      if (current !== undefined && current.holder !== holder && current.until >= now()) return false;
      held.set(name, { holder, until: now() + ttlMs });
      return true;
    },
    async release(name, holder) {
      if (held.get(name)?.holder === holder) held.delete(name);
    },
  };
}
