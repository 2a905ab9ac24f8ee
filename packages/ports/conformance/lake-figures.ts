import type { AssetId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { describe, expect, it } from 'vitest';
import type { LakeFigures } from '../src/lake-figures.ts';
import type { SeriesStore } from '../src/series-store.ts';
import type { SignalStore } from '../src/signal-store.ts';
import { freshTenant } from './fresh-tenant.ts';

const startAt = Date.UTC(2026, 0, 30);
const pump = 'pump-7' as AssetId; // a non-empty name

/** The figures and the stores they are about. */
export interface FiguredStores {
  readonly figures: LakeFigures;
  readonly series: SeriesStore;
  readonly signals: SignalStore;
}

/** The promises of `LakeFigures`. */
export function lakeFiguresConformance(name: string, open: () => FiguredStores): void {
  describe(`${name} as the figures of a lake`, () => {
    it('tells of nothing for a tenant that has nothing', async () => {
      expect(await open().figures.sizes(freshTenant())).toEqual([]);
    });

    it('tells the room of samples and the number, room and ends of each kind of signal', async () => {
      const { figures, series, signals } = open();
      const tenantId = freshTenant();
      const [neighbour, labels] = [freshTenant(), { part: 'motor' }];
      for (const owner of [tenantId, neighbour]) {
        const words = { asset: pump, metric: 'speed', labels };
        const times = Array.from({ length: 500 }, (_, index) => startAt + index * 1000);
        const values = times.map((_, index) => Math.sin(index) * 1000);
        await series.append(owner, [{ series: { id: seriesIdOf(owner, words), ...words }, times, values }]);
      }
      await signals.append(
        tenantId,
        [0, 1, 2].map((second) => ({
          kind: 'log' as const,
          id: `l${second}`,
          asset: pump,
          at: startAt + second * 1000,
          body: 'bearing warm',
          severity: 'info' as const,
          labels: {},
        })),
      );
      const sizes = await figures.sizes(tenantId);
      expect(sizes.map(({ kind }) => kind).toSorted()).toEqual(['log', 'sample']);
      for (const { bytes } of sizes) expect(bytes).toBeGreaterThan(0);
      expect(sizes.find(({ kind }) => kind === 'log')).toMatchObject({
        items: 3,
        isEstimate: false,
        oldestAt: startAt,
        newestAt: startAt + 2000,
      });
    });
  });
}
