import type { AssetId, SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SeriesRegistry } from '../src/series-registry.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

function seriesOf(tenantId: TenantId, asset: string, unit?: string): SeriesRef {
  // The cast holds: the tests use non-empty asset names.
  const named = { asset: asset as AssetId, metric: 'latency', labels: { zone: 'north', quote: `'"\\` } };
  return { id: seriesIdOf(tenantId, named), ...named, ...(unit === undefined ? {} : { unit }) };
}

function manyOf(tenantId: TenantId, count: number): SeriesRef[] {
  return Array.from({ length: count }, (_, index) => seriesOf(tenantId, `asset-${index}`));
}

/** The promises of `SeriesRegistry`. `open` is called anew for each member: what it opens shares one storage. */
export function seriesRegistryConformance(name: string, open: OpenStore<SeriesRegistry>): void {
  describe(`${name} as a series registry`, () => {
    let registry: SeriesRegistry;
    let other: SeriesRegistry;
    beforeAll(async () => {
      registry = await open();
      other = await open();
    });

    it('gives each series one number for ever, in the order asked', async () => {
      const tenantId = freshTenant();
      const [a, b, c] = ['a', 'b', 'c'].map((asset) => seriesOf(tenantId, asset)) as [SeriesRef, SeriesRef, SeriesRef];
      const [refA, refB] = await registry.register(tenantId, [a, b]);
      expect(refA).not.toBe(refB);
      for (const ref of [refA, refB]) expect(Number.isSafeInteger(ref) && Number(ref) > 0).toBe(true);
      const again = await registry.register(tenantId, [b, c, a, b]);
      expect([again[0], again[2], again[3]]).toEqual([refB, refA, refB]);
      expect(new Set(again).size).toBe(3);
      expect(await registry.register(tenantId, [])).toEqual([]);
    });

    it('tells the same numbers and words to every member', async () => {
      const tenantId = freshTenant();
      const series = [seriesOf(tenantId, 'a', 's'), seriesOf(tenantId, 'b')];
      const refs = await registry.register(tenantId, series);
      expect(await other.register(tenantId, series)).toEqual(refs);
      const described = await other.describe(tenantId, refs);
      expect(refs.map((ref) => described.get(ref))).toEqual(series);
      expect(await registry.describe(tenantId, refs)).toEqual(described);
    });

    it('adds no more new series than it is let, in their order, and numbers known ones always', async () => {
      const tenantId = freshTenant();
      const series = manyOf(tenantId, 6);
      const [known = 0] = await registry.register(tenantId, series.slice(4, 5));
      const refs = await registry.register(tenantId, series, { newMax: 2 });
      expect(refs.map((ref) => ref > 0)).toEqual([true, true, false, false, true, false]);
      expect(refs[4]).toBe(known);
      expect(await other.register(tenantId, series, { newMax: 0 })).toEqual(refs);
      expect(await registry.count(tenantId)).toBe(3);
    });

    it('leaves out numbers of no series and of other tenants', async () => {
      const tenantId = freshTenant();
      const stranger = freshTenant();
      const [ref = 0] = await registry.register(tenantId, [seriesOf(tenantId, 'a')]);
      expect(await registry.describe(stranger, [ref])).toEqual(new Map());
      expect(await other.describe(stranger, [ref])).toEqual(new Map());
      const odd = [ref, 2 ** 52, 0, -1, 1.5, Number.NaN, 2 ** 60, Infinity];
      expect([...(await registry.describe(tenantId, odd)).keys()]).toEqual([ref]);
      expect(await registry.describe(tenantId, [])).toEqual(new Map());
    });

    it('agrees on numbers when many members register the same series at once, in any order', async () => {
      const tenantId = freshTenant();
      const series = manyOf(tenantId, 300);
      const members = [registry, other, await open(), await open()];
      const answers = await Promise.all(
        members.map(async (member, index) => {
          const order = index % 2 === 0 ? series : series.toReversed();
          const refs = await member.register(tenantId, order);
          return new Map(order.map(({ id }, place) => [id, refs[place]]));
        }),
      );
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect(new Set(answers[0]?.values()).size).toBe(300);
      expect(await (await open()).count(tenantId)).toBe(300);
    });

    it('gives what another member added in between the number it has, among series that are new', async () => {
      const tenantId = freshTenant();
      const series = manyOf(tenantId, 9);
      await registry.register(tenantId, series.slice(0, 3));
      await registry.register(tenantId, series.slice(3, 5));
      const [between = 0] = await other.register(tenantId, series.slice(6, 7));
      const refs = await registry.register(tenantId, series.slice(5));
      expect(refs[1]).toBe(between);
      expect(new Set(refs).size).toBe(4);
      expect(await other.register(tenantId, series.slice(5))).toEqual(refs);
      expect(await (await open()).count(tenantId)).toBe(9);
      expect(await registry.count(tenantId)).toBeGreaterThanOrEqual(9);
    });

    it('takes over a unit that is given later and keeps one that is not given again', async () => {
      const tenantId = freshTenant();
      const [ref = 0] = await registry.register(tenantId, [seriesOf(tenantId, 'a')]);
      const unitNow = async (): Promise<string | undefined> =>
        (await (await open()).describe(tenantId, [ref])).get(ref)?.unit;
      expect(await unitNow()).toBeUndefined();
      await registry.register(tenantId, [seriesOf(tenantId, 'a', 's')]);
      expect(await unitNow()).toBe('s');
      await registry.register(tenantId, [seriesOf(tenantId, 'a')]);
      expect(await unitNow()).toBe('s');
      await registry.register(tenantId, [seriesOf(tenantId, 'a', 'ms'), seriesOf(tenantId, 'a')]);
      expect(await unitNow()).toBe('ms');
      expect((await registry.describe(tenantId, [ref])).get(ref)?.unit).toBe('ms');
    });

    it('counts at least what was registered through it, and nothing of other tenants', async () => {
      const tenantId = freshTenant();
      expect(await registry.count(tenantId)).toBe(0);
      await registry.register(tenantId, manyOf(tenantId, 3));
      expect(await registry.count(tenantId)).toBe(3);
      await registry.register(tenantId, manyOf(tenantId, 7));
      expect(await registry.count(tenantId)).toBe(7);
      expect(await registry.count(freshTenant())).toBe(0);
    });

    it('takes many thousands of series in one call', async () => {
      const tenantId = freshTenant();
      const series = manyOf(tenantId, 12_000);
      const refs = await registry.register(tenantId, series);
      expect(new Set(refs).size).toBe(12_000);
      const described = await other.describe(tenantId, refs);
      expect(described.get(refs[11_999] ?? 0)).toEqual(series[11_999]);
      expect(described.size).toBe(12_000);
    });
  });
}
