import type { DiscreteSignal, TenantId } from '@heliosiq/model';
import type { LogRecord, Pacer, SeriesStore, SignalStore, TopologyStore } from '@heliosiq/ports';
import type { TenantSignals } from './pending-signals.ts';
import { decodeSignal } from './signal-record.ts';

/** Writes what tenants sent to the stores; doing it twice is the same as doing it once. */
export interface SignalWriter {
  write(tenants: ReadonlyMap<TenantId, TenantSignals>, reject: RejectRecord): Promise<void>;
}

/** Is told of each record that cannot be read, again when it is written again. */
export type RejectRecord = (record: LogRecord, reason: string) => Promise<void>;

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

  async function read(records: readonly LogRecord[], reject: RejectRecord): Promise<DiscreteSignal[]> {
    const signals: DiscreteSignal[] = [];
    for (const record of records) {
      const signal = decodeSignal(record.value);
      if (signal.ok) signals.push(signal.value);
      else await reject(record, signal.reason);
      const turn = stores.pacer.giveWay();
      if (turn !== undefined) await turn;
    }
    return signals;
  }

  return {
    async write(tenants, reject) {
      for (const [tenantId, pending] of tenants) {
        const { signals, assets } = pending;
        await ensureAssets(tenantId, assets);
        for await (const blocks of pending.blocks(seriesPerWrite, stores.pacer.giveWay)) {
          await stores.series.append(tenantId, blocks);
        }
        for (let start = 0; start < signals.length; start += signalsPerWrite) {
          const some = await read(signals.slice(start, start + signalsPerWrite), reject);
          await ensureAssets(tenantId, new Set(some.map(({ asset }) => asset)));
          await stores.signals.append(tenantId, some);
        }
      }
    },
  };
}
