import type { TenantId } from '@heliosiq/model';
import type { KeptSize, LakeFigures, SeriesStore, SignalStore } from '@heliosiq/ports';

/** A time and a value of a sample as two 64-bit numbers. */
const sampleBytes = 16;
const signalKinds = ['event', 'log', 'change', 'alert'] as const;
const always = { from: -8.64e15, to: 8.64e15 };
const signalsMax = 1000;

/** Figures of stores in memory: what their samples and the text of their signals weigh, at most 1,000 signals a kind. */
export function createMemoryLakeFigures({
  series,
  signals,
}: {
  readonly series: SeriesStore;
  readonly signals: SignalStore;
}): LakeFigures {
  async function samplesOf(tenantId: TenantId): Promise<KeptSize | undefined> {
    const found = { samples: 0, oldestAt: Infinity, newestAt: -Infinity };
    for await (const page of series.scan(tenantId, {}, always, { pageMax: 1000 })) {
      for (const { samples, firstAt, lastAt } of page) {
        found.samples += samples;
        found.oldestAt = Math.min(found.oldestAt, firstAt);
        found.newestAt = Math.max(found.newestAt, lastAt);
      }
    }
    const { samples, ...ends } = found;
    return samples === 0 ? undefined : { kind: 'sample', bytes: samples * sampleBytes, isEstimate: false, ...ends };
  }

  return {
    async sizes(tenantId) {
      const sizes: (KeptSize | undefined)[] = [await samplesOf(tenantId)];
      for (const kind of signalKinds) {
        const found = await signals.find(tenantId, { kinds: [kind] }, always, { limit: signalsMax });
        const [newest, oldest] = [found[0], found.at(-1)];
        if (newest === undefined || oldest === undefined) continue;
        const bytes = found.reduce((sum, signal) => sum + JSON.stringify(signal).length, 0);
        const isEstimate = found.length === signalsMax;
        sizes.push({ kind, items: found.length, bytes, isEstimate, oldestAt: oldest.at, newestAt: newest.at });
      }
      return sizes.filter((size) => size !== undefined);
    },
  };
}
