import type { TracePart } from '@heliosiq/model';
import type { TraceStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

/** A trace store in memory, gone with the process. */
export function createMemoryTraceStore(): TraceStore {
  const tenants = createTenantMap(() => new Map<string, TracePart>());
  const byTime = (a: TracePart, b: TracePart): number => a.at - b.at || (a.id < b.id ? -1 : 1);
  return {
    async append(tenantId, parts) {
      const held = tenants.of(tenantId);
      for (const part of parts) {
        const identity = `${part.at} ${part.id}`;
        if (!held.has(identity)) held.set(identity, part);
      }
    },
    async read(tenantId, { from, to }, { limit }) {
      checkedLimit(limit, 5000);
      const found = [...tenants.of(tenantId).values()].filter(({ at }) => at >= from && at < to);
      return found.sort(byTime).slice(-limit);
    },
    async slots(tenantId, { from, to }) {
      const minutes = new Map<number, number>();
      for (const { at, spans } of tenants.of(tenantId).values())
        if (at >= from && at < to && spans.length > 0) minutes.set(at, (minutes.get(at) ?? 0) + spans.length);
      return [...minutes].sort((a, b) => a[0] - b[0]).map(([at, spans]) => ({ at, spans }));
    },
    async expire(keepMs) {
      let gone = 0;
      for (const [, held] of tenants.entries()) {
        const newest = Math.max(...[...held.values()].map(({ at }) => at));
        for (const [identity, { at }] of held) {
          if (at >= newest - keepMs) continue;
          held.delete(identity);
          gone += 1;
        }
      }
      return gone;
    },
  };
}
