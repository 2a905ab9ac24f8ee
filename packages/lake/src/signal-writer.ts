import { type DiscreteSignal, HeliosError, type TenantId } from '@heliosiq/model';
import type { Pacer, SeriesStore, SignalStore, TopologyStore } from '@heliosiq/ports';
import type { TenantSignals } from './pending-signals.ts';
import { decodeSignal } from './signal-record.ts';

/** Writes what tenants sent to the stores; doing it twice is the same as doing it once. */
export interface SignalWriter {
  write(tenants: ReadonlyMap<TenantId, TenantSignals>): Promise<void>;
}

/**
 * Series in one write at most. Stores lay neighbouring series together: the more at once, the fewer pieces. What a write holds of
 * each series while it goes on is more than its samples.
 */
const seriesPerWrite = 16_384;
/** Signals in one write at most: so many are read at a time. */
const signalsPerWrite = 1000;
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

  async function append(tenantId: TenantId, signals: readonly DiscreteSignal[]): Promise<void> {
    await ensureAssets(tenantId, new Set(signals.map(({ asset }) => asset)));
    await stores.signals.append(tenantId, signals);
  }

  return {
    async write(tenants) {
      for (const [tenantId, pending] of tenants) {
        await ensureAssets(tenantId, pending.assets);
        for await (const blocks of pending.blocks(seriesPerWrite, stores.pacer.giveWay)) {
          await stores.series.append(tenantId, blocks);
        }
        let some: DiscreteSignal[] = [];
        for (const text of pending.signals.all()) {
          some.push(readAgain(text));
          const turn = stores.pacer.giveWay();
          if (turn !== undefined) await turn;
          if (some.length < signalsPerWrite) continue;
          await append(tenantId, some);
          some = [];
        }
        if (some.length > 0) await append(tenantId, some);
      }
    },
  };
}

/** What was found readable before it was held. */
function readAgain(text: Buffer): DiscreteSignal {
  const signal = decodeSignal(text);
  if (!signal.ok) throw new HeliosError('internal', `A signal cannot be read any more: ${signal.reason}`);
  return signal.value;
}
