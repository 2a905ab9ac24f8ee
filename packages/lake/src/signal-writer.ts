import type { TenantId } from '@heliosiq/model';
import type { Pacer, SeriesStore, SignalStore, TopologyStore } from '@heliosiq/ports';
import type { TenantSignals } from './pending-signals.ts';

/** Writes what tenants sent to the stores; doing it twice is the same as doing it once. */
export interface SignalWriter {
  write(tenants: ReadonlyMap<TenantId, TenantSignals>): Promise<void>;
}

/**
 * Series in one write at most. Stores lay neighbouring series together: the more at once, the fewer pieces. What a write holds of
 * each series while it goes on is more than its samples.
 */
const seriesPerWrite = 16_384;
/** Signals in one write at most, so that no statement grows without bound. */
const signalsPerWrite = 5000;
/** Assets remembered as known; the memory starts over when it is full. */
const knownAssetsMax = 100_000;

export function createSignalWriter(stores: {
  readonly series: SeriesStore;
  readonly signals: SignalStore;
  readonly topology: TopologyStore;
  readonly pacer: Pacer;
}): SignalWriter {
  const knownAssets = new Set<string>();

  async function ensureAssets(tenantId: TenantId, assets: ReadonlySet<string>): Promise<void> {
    const news = [...assets].filter((asset) => !knownAssets.has(`${tenantId} ${asset}`));
    if (news.length === 0) return;
    await stores.topology.ensureAssets(tenantId, news);
    if (knownAssets.size + news.length > knownAssetsMax) knownAssets.clear();
    for (const asset of news) knownAssets.add(`${tenantId} ${asset}`);
  }

  return {
    async write(tenants) {
      for (const [tenantId, pending] of tenants) {
        const { signals, assets } = pending;
        await ensureAssets(tenantId, assets);
        for await (const blocks of pending.blocks(seriesPerWrite, stores.pacer.giveWay)) {
          await stores.series.append(tenantId, blocks);
        }
        for (let start = 0; start < signals.length; start += signalsPerWrite) {
          await stores.signals.append(tenantId, signals.slice(start, start + signalsPerWrite));
        }
      }
    },
  };
}
