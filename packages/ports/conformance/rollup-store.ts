import type { SeriesId } from '@heliosiq/model';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RollupResolution, RollupStore, RollupWrite } from '../src/rollup-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const dayMs = 86_400_000;
const january = Date.UTC(2026, 0, 1);
const one = '0'.repeat(31).concat('1') as SeriesId; // 32 hexadecimal digits
const two = 'f'.repeat(32) as SeriesId; // as well

function writeOf(seriesId: SeriesId, day: number, options: Partial<RollupWrite> = {}): RollupWrite {
  const startAt = january + day * dayMs;
  const stretch = { startAt, endAt: startAt + dayMs, days: 1 };
  return {
    resolution: 'minute',
    seriesId,
    ...stretch,
    samples: 10,
    bytes: Uint8Array.of(1, 2),
    replaces: 0,
    ...options,
  };
}

/** The promises of `RollupStore`. */
export function rollupStoreConformance(name: string, open: OpenStore<RollupStore>): void {
  describe(`${name} as a rollup store`, () => {
    let store: RollupStore;
    beforeAll(async () => {
      store = await open();
    });

    const always = { from: january, to: january + 1000 * dayMs };
    const read = async (
      tenantId: ReturnType<typeof freshTenant>,
      resolution: RollupResolution = 'minute',
      range = always,
    ) => {
      const pages = await store.read(tenantId, { resolution, series: [two, one], range });
      return pages.map((page) => ({ ...page, bytes: [...page.bytes] }));
    };

    it('returns pages as they were put, by series and start, those that reach into the range', async () => {
      const tenantId = freshTenant();
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      expect(await store.put(tenantId, [writeOf(two, 0), writeOf(one, 40, { bytes: all }), writeOf(one, 0)])).toBe(
        true,
      );
      const { replaces, ...plain } = writeOf(one, 40);
      expect(await read(tenantId)).toEqual([
        expect.objectContaining({ seriesId: one, startAt: january, bytes: [1, 2] }),
        { ...plain, bytes: [...all], revision: replaces + 1 },
        expect.objectContaining({ seriesId: two, startAt: january }),
      ]);
      const day = { from: january + dayMs - 1, to: january + 40 * dayMs };
      expect(await read(tenantId, 'minute', day)).toMatchObject([{ seriesId: one }, { seriesId: two }]);
      expect(await read(tenantId, 'minute', { from: day.from + 1, to: day.to })).toEqual([]);
    });

    it('keeps resolutions and tenants apart', async () => {
      const [tenantId, other] = [freshTenant(), freshTenant()];
      await store.put(tenantId, [writeOf(one, 0), writeOf(one, 0, { resolution: 'hour', samples: 20 })]);
      expect(await read(tenantId, 'hour')).toMatchObject([{ samples: 20 }]);
      expect(await read(tenantId, 'day')).toEqual([]);
      expect(await read(other)).toEqual([]);
    });

    it('replaces a page only at the revision that the writer saw, and then writes none of the others', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, [writeOf(one, 0)]);
      expect(await store.put(tenantId, [writeOf(two, 0), writeOf(one, 0, { samples: 99 })])).toBe(false);
      expect(await store.put(tenantId, [writeOf(one, 0, { replaces: 2 })])).toBe(false);
      expect(await store.put(tenantId, [writeOf(two, 0, { replaces: 1 })])).toBe(false);
      expect(await read(tenantId)).toMatchObject([{ seriesId: one, samples: 10, revision: 1 }]);
      expect(await store.put(tenantId, [writeOf(one, 0, { samples: 11, replaces: 1 }), writeOf(two, 0)])).toBe(true);
      expect(await read(tenantId)).toMatchObject([{ samples: 11, revision: 2 }, { revision: 1 }]);
    });

    it('lets one of two writers of the same revision through', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, [writeOf(one, 0)]);
      const writes = [1, 2, 3, 4].map((samples) => store.put(tenantId, [writeOf(one, 0, { samples, replaces: 1 })]));
      expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1);
    });

    it('forgets the pages of a resolution that end before a moment, and a dry run says the same', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, [writeOf(one, 0), writeOf(one, 1), writeOf(one, 70), writeOf(two, 1)]);
      await store.put(tenantId, [writeOf(one, 0, { resolution: 'day' })]);
      const before = january + 2 * dayMs;
      const forgetful = store.forgetful('minute');
      const dry = await forgetful.forget(tenantId, { before: before - 1, isDryRun: true });
      expect(dry.items).toBe(1);
      const said = await forgetful.forget(tenantId, { before, isDryRun: true });
      expect(said.items).toBe(3);
      expect(await read(tenantId)).toHaveLength(4);
      expect(await forgetful.forget(tenantId, { before })).toEqual(said);
      expect(await read(tenantId)).toMatchObject([{ startAt: january + 70 * dayMs }]);
      expect(await read(tenantId, 'day')).toHaveLength(1);
      expect(await forgetful.forget(tenantId, { before })).toEqual({ items: 0, bytes: 0 });
      // What was forgotten may be written again.
      expect(await store.put(tenantId, [writeOf(one, 0)])).toBe(true);
      expect(await read(tenantId)).toHaveLength(2);
    });

    it('forgets nothing of other tenants', async () => {
      const [tenantId, other] = [freshTenant(), freshTenant()];
      await store.put(other, [writeOf(one, 100)]);
      await store.put(tenantId, [writeOf(one, 100)]);
      await store.forgetful('minute').forget(tenantId, { before: january + 1000 * dayMs });
      expect(await read(other)).toHaveLength(1);
    });
  });
}
