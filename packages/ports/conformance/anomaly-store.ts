import type { Anomaly, AnomalyId, AssetId, SeriesId, TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AnomalyStore } from '../src/anomaly-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const startAt = Date.UTC(2026, 0, 1);

function anomalyOf(tenantId: TenantId, number: number, change: Partial<Anomaly> = {}): Anomaly {
  return {
    id: contentId('test', tenantId, String(number)) as AnomalyId, // 32 hexadecimal digits
    tenantId,
    revision: 1,
    status: 'open',
    series: {
      id: contentId('series', String(number)) as SeriesId, // 32 hexadecimal digits
      asset: `asset-${number}` as AssetId, // a non-empty name
      metric: 'latency',
      labels: {},
    },
    detector: 'level',
    startedAt: startAt + number * 1000,
    peakAt: startAt + number * 1000 + 10,
    lastSeenAt: startAt + number * 1000 + 500,
    score: 0.99,
    threshold: 0.9,
    value: 12.5,
    expected: 1,
    lower: 0,
    upper: 2,
    deviation: 7.25,
    direction: 'up',
    baseline: { kind: 'season', from: startAt - 1000, to: startAt, samples: 100 },
    explanation: 'It "rose".\u0000',
    ...change,
  };
}

/** The promises of `AnomalyStore`. */
export function anomalyStoreConformance(name: string, open: OpenStore<AnomalyStore>): void {
  describe(`${name} as an anomaly store`, () => {
    let store: AnomalyStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns what was put, newest start first', async () => {
      const tenantId = freshTenant();
      const anomalies = [1, 3, 2].map((number) => anomalyOf(tenantId, number));
      await store.put(tenantId, anomalies);
      const found = await store.find(tenantId, {}, { limit: 10 });
      expect(found).toEqual(anomalies.toSorted((one, other) => other.startedAt - one.startedAt));
    });

    it('restores an anomaly of the same revision, and leaves a newer one', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, [anomalyOf(tenantId, 1, { value: 9 }), anomalyOf(tenantId, 2, { revision: 4 })]);
      const restored = [1, 2, 3].map((number) => anomalyOf(tenantId, number, { revision: number === 1 ? 1 : 3 }));
      await store.restore(tenantId, restored);
      expect((await store.find(tenantId, {}, { limit: 10 })).map(({ revision, value }) => [revision, value])).toEqual([
        [3, 12.5],
        [4, 12.5],
        [1, 12.5],
      ]);
    });

    it('takes a higher revision and ignores an equal or lower one', async () => {
      const tenantId = freshTenant();
      const third = anomalyOf(tenantId, 1, { revision: 3, value: 3 });
      await store.put(tenantId, [anomalyOf(tenantId, 1, { revision: 2, value: 2 })]);
      await store.put(tenantId, [third]);
      await store.put(tenantId, [anomalyOf(tenantId, 1, { revision: 3, value: 33 })]);
      await store.put(tenantId, [anomalyOf(tenantId, 1, { revision: 1, value: 1 })]);
      expect(await store.find(tenantId, {}, { limit: 10 })).toEqual([third]);
    });

    it('takes several revisions of one anomaly in one call: the highest stays', async () => {
      const tenantId = freshTenant();
      const revisions = [2, 3, 1].map((revision) => anomalyOf(tenantId, 1, { revision, value: revision }));
      await store.put(tenantId, revisions);
      expect((await store.find(tenantId, {}, { limit: 10 })).map((anomaly) => anomaly.value)).toEqual([3]);
    });

    it('keeps the highest of concurrent revisions', async () => {
      const tenantId = freshTenant();
      await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          store.put(tenantId, [anomalyOf(tenantId, 1, { revision: ((index * 7) % 10) + 1 })]),
        ),
      );
      expect((await store.find(tenantId, {}, { limit: 10 })).map((anomaly) => anomaly.revision)).toEqual([10]);
    });

    it('filters by ids, series, assets and status, all of which must match', async () => {
      const tenantId = freshTenant();
      const one = anomalyOf(tenantId, 1);
      const two = anomalyOf(tenantId, 2, { status: 'closed', endedAt: startAt + 3000 });
      await store.put(tenantId, [one, two]);
      async function found(filter: Parameters<AnomalyStore['find']>[1]): Promise<readonly Anomaly[]> {
        return store.find(tenantId, filter, { limit: 10 });
      }
      expect(await found({ ids: [one.id] })).toEqual([one]);
      expect(await found({ ids: [] })).toEqual([]);
      expect(await found({ seriesIds: [two.series.id] })).toEqual([two]);
      expect(await found({ assets: ['asset-1', 'asset-9'] })).toEqual([one]);
      expect(await found({ status: 'closed' })).toEqual([two]);
      expect(await found({ status: 'open', assets: ['asset-2'] })).toEqual([]);
    });

    it('finds what lasts into a range, with its end excluded', async () => {
      const tenantId = freshTenant();
      const lasting = anomalyOf(tenantId, 1, { startedAt: startAt, lastSeenAt: startAt + 100 });
      const ended = anomalyOf(tenantId, 2, {
        startedAt: startAt + 10,
        lastSeenAt: startAt + 20,
        endedAt: startAt + 20,
        status: 'closed',
      });
      await store.put(tenantId, [lasting, ended]);
      async function found(from: number, to: number): Promise<string[]> {
        const range = { from: startAt + from, to: startAt + to };
        return (await store.find(tenantId, { range }, { limit: 10 })).map((anomaly) => anomaly.series.asset);
      }
      expect(await found(15, 30)).toEqual(['asset-2', 'asset-1']);
      expect(await found(20, 30)).toEqual(['asset-2', 'asset-1']);
      expect(await found(21, 30)).toEqual(['asset-1']);
      expect(await found(-5, 10)).toEqual(['asset-1']);
      expect(await found(-5, 0)).toEqual([]);
      expect(await found(101, 200)).toEqual([]);
      expect(await found(-Infinity, Infinity)).toEqual(['asset-2', 'asset-1']);
    });

    it('keeps the newest when there are more than asked for, and refuses a limit outside 1 to 1,000', async () => {
      const tenantId = freshTenant();
      await store.put(
        tenantId,
        Array.from({ length: 30 }, (_, number) => anomalyOf(tenantId, number)),
      );
      const found = await store.find(tenantId, {}, { limit: 2 });
      expect(found.map((anomaly) => anomaly.series.asset)).toEqual(['asset-29', 'asset-28']);
      for (const limit of [0, 1001]) {
        await expect(store.find(tenantId, {}, { limit })).rejects.toMatchObject({ code: 'invalid-request' });
      }
    });

    it('shows a tenant nothing of another', async () => {
      const tenantId = freshTenant();
      const anomaly = anomalyOf(tenantId, 1);
      await store.put(tenantId, [anomaly]);
      expect(await store.find(freshTenant(), { ids: [anomaly.id] }, { limit: 10 })).toEqual([]);
    });
  });
}
