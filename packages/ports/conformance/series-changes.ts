import type { AssetId, SampleBlock, SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChangedStretch, SeriesChanges } from '../src/series-changes.ts';
import type { SeriesStore } from '../src/series-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const hourMs = 3_600_000;
const startAt = Date.UTC(2026, 0, 1);

function seriesOf(tenantId: TenantId, asset: string): SeriesRef {
  const named = { asset: asset as AssetId, metric: 'm', labels: {} }; // a non-empty name
  return { id: seriesIdOf(tenantId, named), ...named };
}

function blockAt(series: SeriesRef, ...times: number[]): SampleBlock {
  return { series, times, values: times };
}

/** The promises of `SeriesChanges`, kept together with a store. */
export function seriesChangesConformance(
  name: string,
  open: OpenStore<{ readonly store: SeriesStore; readonly changes: SeriesChanges }>,
): void {
  describe(`${name} as what tells changes of series`, () => {
    let store: SeriesStore;
    let changes: SeriesChanges;
    beforeAll(async () => {
      ({ store, changes } = await open());
    });

    const all = (tenantId: TenantId): Promise<readonly ChangedStretch[]> =>
      changes.changed(tenantId, { limit: 10_000, until: Infinity });

    function isCovered(stretches: readonly ChangedStretch[], series: SeriesRef, at: number): boolean {
      return stretches.some((stretch) => stretch.from <= at && at < stretch.to && stretch.series.includes(series.id));
    }

    it('covers every sample that was written, of any time, until it is settled', async () => {
      const tenantId = freshTenant();
      const [one, other] = [seriesOf(tenantId, 'a'), seriesOf(tenantId, 'b')];
      const times = [-5, startAt, startAt + hourMs - 1, startAt + hourMs, startAt + 50 * hourMs, Date.UTC(2100, 0, 1)];
      await store.append(tenantId, [blockAt(one, ...times), blockAt(other, startAt + 7 * hourMs)]);
      const stretches = await all(tenantId);
      for (const at of times) expect(isCovered(stretches, one, at)).toBe(true);
      expect(isCovered(stretches, other, startAt + 7 * hourMs)).toBe(true);
      expect(isCovered(stretches, one, startAt + 20 * hourMs)).toBe(false);
      await changes.settle(tenantId, stretches);
      expect(await all(tenantId)).toEqual([]);
    });

    it('keeps a stretch in which something was written after it was read, whoever settles it', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a');
      await store.append(tenantId, [blockAt(series, startAt, startAt + 50 * hourMs)]);
      const before = await all(tenantId);
      await store.append(tenantId, [blockAt(series, startAt + 1)]);
      await changes.settle(tenantId, before);
      const after = await all(tenantId);
      expect(isCovered(after, series, startAt + 1)).toBe(true);
      expect(isCovered(after, series, startAt + 50 * hourMs)).toBe(false);
      await changes.settle(tenantId, before);
      expect(await all(tenantId)).toEqual(after);
      await changes.settle(tenantId, after);
      expect(await all(tenantId)).toEqual([]);
    });

    it('gives stretches that were written to longest ago first, as many as asked for, and none that still fill', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a');
      for (let hour = 0; hour < 5; hour += 1)
        await store.append(tenantId, [blockAt(series, startAt + hour * 30 * hourMs)]);
      const some = await changes.changed(tenantId, { limit: 2, until: Infinity });
      expect(some.length).toBe(2);
      expect(isCovered(some, series, startAt)).toBe(true);
      expect(await changes.changed(tenantId, { limit: 10, until: 1 })).toEqual([]);
      await expect(changes.changed(tenantId, { limit: 0, until: 1 })).rejects.toMatchObject({
        code: 'invalid-request',
      });
    });

    it('tells a tenant nothing of another, and settles nothing of another', async () => {
      const [tenantId, stranger] = [freshTenant(), freshTenant()];
      await store.append(tenantId, [blockAt(seriesOf(tenantId, 'a'), startAt)]);
      expect(await all(stranger)).toEqual([]);
      await changes.settle(stranger, await all(tenantId));
      expect((await all(tenantId)).length).toBe(1);
      await changes.settle(tenantId, []);
    });

    it('loses no change to settling at the same time', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a');
      const seen = new Set<number>();
      let isDone = false;
      const settling = (async () => {
        for (let isLast = false; !isLast;) {
          isLast = isDone;
          const stretches = await all(tenantId);
          for (const { from, to } of stretches) {
            const [points] = await store.range(tenantId, { ids: [series.id] }, { from, to });
            for (const at of points?.times ?? []) seen.add(at);
          }
          await changes.settle(tenantId, stretches);
        }
      })();
      const times = Array.from({ length: 60 }, (_, index) => startAt + index * 1000);
      for (const at of times) await store.append(tenantId, [blockAt(series, at)]);
      isDone = true;
      await settling;
      expect([...seen].sort((a, b) => a - b)).toEqual(times);
    });
  });
}
