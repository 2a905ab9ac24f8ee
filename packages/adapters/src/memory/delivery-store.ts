import type { Delivery, DeliveryStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

/** A delivery store in memory, gone with the process. */
export function createMemoryDeliveryStore(): DeliveryStore {
  const tenants = createTenantMap(() => new Map<string, Delivery>());
  return {
    async add(tenantId, deliveries) {
      const held = tenants.of(tenantId);
      for (const delivery of deliveries) if (!held.has(delivery.id)) held.set(delivery.id, { ...delivery, tenantId });
    },
    async takeDue(now, { limit, leaseUntil }) {
      checkedLimit(limit, 1000);
      return [...tenants.entries()]
        .flatMap(([, held]) => [...held.values()])
        .filter((delivery) => delivery.status === 'waiting' && delivery.nextAttemptAt <= now)
        .sort((a, b) => a.nextAttemptAt - b.nextAttemptAt || a.createdAt - b.createdAt)
        .slice(0, limit)
        .map((delivery) => {
          const leased = { ...delivery, nextAttemptAt: leaseUntil };
          tenants.of(delivery.tenantId).set(delivery.id, leased);
          return leased;
        });
    },
    async update(tenantId, delivery) {
      const held = tenants.of(tenantId);
      if (held.has(delivery.id)) held.set(delivery.id, { ...delivery, tenantId });
    },
    async list(tenantId, { limit }) {
      checkedLimit(limit, 1000);
      return [...tenants.of(tenantId).values()]
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
        .slice(0, limit);
    },
  };
}
