import type { AssetId, SampleBlock, SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Forgetful } from '../src/retention.ts';
import type { SeriesStore } from '../src/series-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const startAt = Date.UTC(2026, 0, 1);
const stepMs = 60_000;
const everything = { from: -Infinity, to: Infinity };

function seriesOf(tenantId: TenantId, asset: string): SeriesRef {
  const named = { asset: asset as AssetId, metric: 'm', labels: {} }; // a non-empty name
  return { id: seriesIdOf(tenantId, named), ...named };
}

function blockOf(series: SeriesRef, from: number, to: number): SampleBlock {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  return { series, times: numbers.map((number) => startAt + number * stepMs), values: numbers };
}

/** What a series store that forgets promises. `tidy`: lets the store put itself in order, as its upkeep would. */
export function seriesRetentionConformance(
  name: string,
  open: OpenStore<{ readonly store: SeriesStore; readonly forgetful: Forgetful; readonly tidy: () => Promise<void> }>,
): void {
  describe(`${name} as a series store that forgets`, () => {
    let store: SeriesStore;
    let forgetful: Forgetful;
    let tidy: () => Promise<void>;
    beforeAll(async () => {
      ({ store, forgetful, tidy } = await open());
    });

    async function timesOf(tenantId: TenantId, series: SeriesRef): Promise<number[]> {
      const [points] = await store.range(tenantId, { ids: [series.id] }, everything);
      return Array.from(points?.times ?? []);
    }

    it('never forgets what is younger or of that very moment, and a dry run says the same as the run', async () => {
      const tenantId = freshTenant();
      const all = ['a', 'b', 'c'].map((asset) => seriesOf(tenantId, asset));
      for (let day = 0; day < 30; day += 1) {
        await store.append(
          tenantId,
          all.map((series) => blockOf(series, day * 1440, day * 1440 + 200)),
        );
        if (day % 7 === 6) await tidy();
      }
      let had = await Promise.all(all.map((series) => timesOf(tenantId, series)));
      for (const day of [-3, 0, 1.5, 9, 16.03, 29, 29.1, 40]) {
        const before = startAt + day * 1440 * stepMs;
        const foretold = await forgetful.forget(tenantId, { before, isDryRun: true });
        expect(await Promise.all(all.map((series) => timesOf(tenantId, series)))).toEqual(had);
        const done = await forgetful.forget(tenantId, { before });
        expect(done).toEqual(foretold);
        const has = await Promise.all(all.map((series) => timesOf(tenantId, series)));
        for (const [index, times] of has.entries()) {
          expect(times.filter((at) => at >= before)).toEqual((had[index] ?? []).filter((at) => at >= before));
        }
        expect(done.items).toBe(had.flat().length - has.flat().length);
        had = has;
      }
      expect(had.flat()).toEqual([]);
      expect(await store.list(tenantId, {})).toEqual([]);
    });

    it('knows where a series begins and how many samples it has once its beginning is forgotten', async () => {
      const tenantId = freshTenant();
      const [long, gone] = [seriesOf(tenantId, 'a'), seriesOf(tenantId, 'b')];
      await store.append(tenantId, [blockOf(long, 0, 500), blockOf(gone, 0, 500)]);
      await tidy();
      await store.append(tenantId, [blockOf(long, 30_000, 30_100)]);
      await tidy();
      await forgetful.forget(tenantId, { before: startAt + 20_000 * stepMs });
      const [summary, ...others] = await store.list(tenantId, {});
      expect(others).toEqual([]);
      expect(summary).toEqual({
        series: long,
        firstAt: startAt + 30_000 * stepMs,
        lastAt: startAt + 30_099 * stepMs,
        samples: 100,
      });
    });

    it('brings no corrected value back', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a');
      await store.append(tenantId, [blockOf(series, 0, 100)]);
      await store.append(tenantId, [{ series, times: [startAt + 5 * stepMs], values: [-1] }]);
      await forgetful.forget(tenantId, { before: startAt + 50 * stepMs });
      const [points] = await store.range(tenantId, { ids: [series.id] }, everything);
      const place = points?.times.indexOf(startAt + 5 * stepMs) ?? -1;
      expect(place === -1 ? -1 : points?.values[place]).toBe(-1);
    });

    it('forgets nothing of another tenant', async () => {
      const [tenantId, other] = [freshTenant(), freshTenant()];
      for (const each of [tenantId, other]) await store.append(each, [blockOf(seriesOf(each, 'a'), 0, 10)]);
      await tidy();
      expect((await forgetful.forget(tenantId, { before: startAt + 1e9 })).items).toBe(10);
      expect((await timesOf(other, seriesOf(other, 'a'))).length).toBe(10);
    });
  });
}
