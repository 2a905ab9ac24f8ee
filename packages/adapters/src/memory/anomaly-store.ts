import type { Anomaly, AnomalyId } from '@heliosiq/model';
import type { AnomalyFilter, AnomalyStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

/** An anomaly store in memory, gone with the process. */
export function createMemoryAnomalyStore(): AnomalyStore {
  const tenants = createTenantMap(() => new Map<AnomalyId, Anomaly>());
  return {
    async put(tenantId, anomalies) {
      const held = tenants.of(tenantId);
      for (const anomaly of anomalies) {
        if (anomaly.revision > (held.get(anomaly.id)?.revision ?? 0)) held.set(anomaly.id, anomaly);
      }
    },
    async restore(tenantId, anomalies) {
      const held = tenants.of(tenantId);
      for (const anomaly of anomalies) {
        if (anomaly.revision >= (held.get(anomaly.id)?.revision ?? 0)) held.set(anomaly.id, anomaly);
      }
    },
    async find(tenantId, filter, { limit }) {
      checkedLimit(limit, 1000);
      return [...tenants.of(tenantId).values()]
        .filter((anomaly) => matches(anomaly, filter))
        .sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },
  };
}

function matches(anomaly: Anomaly, { ids, seriesIds, assets, status, range }: AnomalyFilter): boolean {
  return (
    (ids?.includes(anomaly.id) ?? true) &&
    (seriesIds?.includes(anomaly.series.id) ?? true) &&
    (assets?.includes(anomaly.series.asset) ?? true) &&
    (status === undefined || status === anomaly.status) &&
    (range === undefined || (anomaly.startedAt < range.to && (anomaly.endedAt ?? anomaly.lastSeenAt) >= range.from))
  );
}
