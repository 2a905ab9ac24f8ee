import type { DiscreteSignal } from '@heliosiq/model';
import type { SignalStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { signalText } from '../signal-text.ts';
import { createTenantMap } from './tenant-map.ts';

/** A signal store in memory, gone with the process. */
export function createMemorySignalStore(): SignalStore {
  const tenants = createTenantMap(() => new Map<string, DiscreteSignal>());
  return {
    async append(tenantId, signals) {
      const held = tenants.of(tenantId);
      for (const signal of signals) {
        const identity = `${signal.kind} ${signal.at} ${signal.id}`;
        if (!held.has(identity)) held.set(identity, signal);
      }
    },
    async find(tenantId, filter, range, { limit }) {
      checkedLimit(limit, 1000);
      const text = filter.text?.toLowerCase();
      return [...tenants.of(tenantId).values()]
        .filter(
          (signal) =>
            signal.at >= range.from &&
            signal.at < range.to &&
            (filter.kinds?.includes(signal.kind) ?? true) &&
            (filter.assets?.includes(signal.asset) ?? true) &&
            (filter.severities === undefined ||
              (signal.kind !== 'change' && filter.severities.includes(signal.severity))) &&
            (text === undefined || signalText(signal).toLowerCase().includes(text)),
        )
        .sort((a, b) => b.at - a.at)
        .slice(0, limit);
    },
  };
}
