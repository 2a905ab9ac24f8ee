import { TenantId } from '@heliosiq/model';
import type { AssetId, SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { SeriesStore, SeriesSummary } from '@heliosiq/ports';
import { expect, it } from 'vitest';
import { startPrometheus } from '../support/prometheus-process.ts';
import { openStoreOn } from '../support/series-store-on-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const prometheus = process.env['HELIOS_TEST_PROMETHEUS'];
const tenantId = TenantId.parse('acme');
const stepMs = 30_000;
const hourMs = 3_600_000;

function seriesOf(asset: string): SeriesRef {
  const named = { asset: asset as AssetId, metric: 'm', labels: {} }; // a name that is not empty
  return { id: seriesIdOf(tenantId, named), ...named };
}

async function append(
  store: SeriesStore,
  series: SeriesRef,
  { from, to }: { from: number; to: number },
): Promise<void> {
  const times = Array.from({ length: (to - from) / stepMs + 1 }, (_, index) => from + index * stepMs);
  await store.append(tenantId, [{ series, times, values: times }]);
}

it.skipIf(prometheus === undefined)(
  'facts of series that live and of one that has ended are told, also for times before the look-back (needs HELIOS_TEST_PROMETHEUS)',
  async () => {
    await using folder = await temporaryFolder();
    await using server = await startPrometheus({
      ...{ binary: prometheus ?? '', folder: folder.path, targets: [] },
      config: 'storage: { tsdb: { out_of_order_time_window: 30d } }',
      flags: ['--web.enable-remote-write-receiver'],
    });
    using store = openStoreOn(server.url, { lookBackMs: 6 * hourMs });
    const now = Math.floor(Date.now() / stepMs) * stepMs;
    const [living, ended] = [seriesOf('living'), seriesOf('ended')];
    await append(store, living, { from: now - 20 * hourMs, to: now });
    await append(store, ended, { from: now - 5 * hourMs, to: now - 2 * hourMs });

    const [one, two] = await store.list(tenantId, {});
    expect(one).toEqual({
      ...{ series: ended, firstAt: now - 5 * hourMs, lastAt: now - 2 * hourMs },
      samples: (3 * hourMs) / stepMs + 1,
    } satisfies SeriesSummary);
    expect(two).toMatchObject({ series: living, lastAt: now });
    // The look-back begins a moment after the last step; on a busy machine the moment is long.
    expect(Math.abs((two?.firstAt ?? 0) - (now - 6 * hourMs))).toBeLessThanOrEqual(240_000);
    expect(Math.abs((two?.samples ?? 0) - (6 * hourMs) / stepMs)).toBeLessThanOrEqual(9);

    const before = { from: now - 20 * hourMs, to: now - 19 * hourMs };
    const pages = await Array.fromAsync(store.scan(tenantId, {}, before, { pageMax: 10 }));
    expect(pages.flat().map(({ series }) => series)).toEqual([living]);
    const [points] = await store.range(tenantId, { ids: [living.id] }, before);
    expect(points?.times.length).toBe(hourMs / stepMs);
  },
);
