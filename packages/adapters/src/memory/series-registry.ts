import type { SeriesId, SeriesRef } from '@heliosiq/model';
import type { SeriesRegistry } from '@heliosiq/ports';
import { createTenantMap } from './tenant-map.ts';

/** A series registry in memory, gone with the process. */
export function createMemorySeriesRegistry(): SeriesRegistry {
  const tenants = createTenantMap(() => ({
    refs: new Map<SeriesId, number>(),
    series: new Map<number, SeriesRef>(),
  }));
  let lastRef = 0;

  return {
    async register(tenantId, series, { newMax = Infinity } = {}) {
      const held = tenants.of(tenantId);
      let room = newMax;
      return series.map((one) => {
        if (!held.refs.has(one.id) && --room < 0) return 0;
        const ref = held.refs.get(one.id) ?? ++lastRef;
        held.refs.set(one.id, ref);
        const unit = one.unit ?? held.series.get(ref)?.unit;
        held.series.set(ref, { ...one, ...(unit === undefined ? {} : { unit }) });
        return ref;
      });
    },

    async describe(tenantId, refs) {
      const held = tenants.of(tenantId);
      const described = new Map<number, SeriesRef>();
      for (const ref of refs) {
        const series = held.series.get(ref);
        if (series !== undefined) described.set(ref, series);
      }
      return described;
    },

    count: async (tenantId) => tenants.of(tenantId).refs.size,
  };
}
