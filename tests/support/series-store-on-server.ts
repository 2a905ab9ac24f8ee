import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createPrometheusSeriesStore } from '@heliosiq/adapters/prometheus/series-store.ts';
import type { ServerPlace } from '@heliosiq/adapters/prometheus/tenant-place.ts';
import { seriesNamingRules } from '@heliosiq/heliosiq/program/series-naming.ts';
import type { SeriesStore } from '@heliosiq/ports';

const yearMs = 365 * 86_400_000;

export interface StoreOnServer extends SeriesStore, Disposable {
  /** How many samples the server did not take. */
  readonly refused: () => number;
}

/** A store on a server, tenants apart by a label; series are registered before they are written, as the doors do. */
export function openStoreOn(
  url: string,
  options: {
    readonly place?: Partial<ServerPlace>;
    readonly afterAppend?: () => Promise<void>;
    readonly lookBackMs?: number;
  } = {},
): StoreOnServer {
  const registry = createMemorySeriesRegistry();
  let refused = 0;
  const store = createPrometheusSeriesStore({
    place: {
      ...{ url, writeUrl: `${url}/api/v1/write`, headers: {}, outerLabels: { tenant: '{tenant}' } },
      ...options.place,
    },
    rules: seriesNamingRules(['asset', 'service_name', 'namespace/pod', 'instance', 'job']),
    registry,
    lookBackMs: options.lookBackMs ?? 3 * yearMs,
    logger: createMemoryLogger(),
    onRefused: (_, { samples }) => (refused += samples),
    now: Date.now,
  });
  return {
    ...store,
    refused: () => refused,
    async append(tenantId, blocks) {
      await registry.register(
        tenantId,
        blocks.map(({ series }) => series),
      );
      await store.append(tenantId, blocks);
      await options.afterAppend?.();
    },
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}
