import type { AssetId, SampleBlock, SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SeriesPoints, SeriesStore } from '../src/series-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const startAt = Date.UTC(2026, 0, 1);
const stepMs = 15_000;
const everything = { from: startAt - 1e12, to: startAt + 1e12 };

function seriesOf(tenantId: TenantId, asset: string, metric: string, labels: Record<string, string> = {}): SeriesRef {
  // The cast holds: the tests use non-empty asset names.
  const named = { asset: asset as AssetId, metric, labels, unit: 's' };
  return { id: seriesIdOf(tenantId, named), ...named };
}

function blockOf(series: SeriesRef, samples: readonly (readonly [number, number])[]): SampleBlock {
  return { series, times: samples.map(([at]) => at), values: samples.map(([, value]) => value) };
}

/** Samples `from` (inclusive) to `to` (exclusive), counted from `startAt`, with values that follow from their number. */
function run(from: number, to: number): [number, number][] {
  return Array.from({ length: to - from }, (_, index) => [startAt + (from + index) * stepMs, valueOf(from + index)]);
}

function valueOf(number: number): number {
  // Never a negative zero, which has a test of its own.
  return Math.round(Math.sin(number / 7) * 1000) / 100 + 0;
}

/** Pseudo-random numbers in [0, 1) that every run repeats (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pairs(points: SeriesPoints | undefined): [number, number][] {
  if (points === undefined) return [];
  return Array.from(points.times, (at, index) => [at, points.values[index] ?? Number.NaN]);
}

/**
 * The promises of `SeriesStore`. `unkept`: those that a store cannot keep, by the titles of their tests, each with the reason;
 * a title that there is not fails.
 */
export function seriesStoreConformance(
  name: string,
  open: OpenStore<SeriesStore>,
  unkept: Readonly<Record<string, string>> = {},
): void {
  describe(`${name} as a series store`, () => {
    let store: SeriesStore;
    beforeAll(async () => {
      store = await open();
    });
    beforeEach(({ task, skip }) => {
      const reason = unkept[task.name];
      if (reason === undefined) return;
      // Goes into reports, where a test that was skipped for another reason is a fault.
      Object.assign(task.meta, { unkept: reason });
      skip(`not kept: ${reason}`);
    });

    async function read(tenantId: TenantId, series: SeriesRef, range = everything): Promise<[number, number][]> {
      const found = await store.range(tenantId, { ids: [series.id] }, range);
      expect(found.length).toBeLessThanOrEqual(1);
      return pairs(found[0]);
    }

    it('returns what was appended, in order and bit for bit', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'pump-7', 'temperature', { zone: 'north' });
      const values = [0, -0, 1.1, -273.15, Math.PI, 1e-320, 5e-324, 1.7976931348623157e308, -1e300, 2 ** 53, 0.1 + 0.2];
      const samples = values.map((value, index): [number, number] => [startAt + index * 1000 + (index % 3), value]);
      await store.append(tenantId, [blockOf(series, samples)]);
      const [points] = await store.range(tenantId, { ids: [series.id] }, everything);
      expect(points?.series).toEqual(series);
      expect(pairs(points)).toEqual(samples);
      expect(Object.is(points?.values[1], -0)).toBe(true);
    });

    it('returns the same in memory that is lent, of which what comes late serves one series after the other', async () => {
      const tenantId = freshTenant();
      const all = Array.from({ length: 20 }, (_, index) => seriesOf(tenantId, `a${index}`, 'm'));
      const blocks = all.map((series, index) => blockOf(series, run(index, 300 + index)));
      await store.append(tenantId, blocks);
      await store.append(tenantId, [blockOf(seriesOf(tenantId, 'a1', 'm'), run(100, 110))]);
      const range = { from: startAt + 50 * stepMs, to: startAt + 250 * stepMs };
      const room = new Float64Array(100_000).fill(Number.NaN);
      let used = 0;
      const memory = (numbers: number): Float64Array => room.subarray(used, (used += numbers));
      const found = await store.range(tenantId, {}, range, { memory });
      const taken = used;
      const read = found.map((one) => {
        used = taken;
        return pairs(one);
      });
      expect(read).toEqual((await store.range(tenantId, {}, range)).map(pairs));
      expect(read.map((samples) => samples.length)).toEqual(all.map(() => 200));
    });

    it('keeps values that are no finite numbers, among others, alone and late', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a', 'm');
      const odd = [Number.NaN, Infinity, -Infinity, 1.5, Number.NaN, 2];
      const samples = odd.map((value, index): [number, number] => [startAt + index * stepMs, value]);
      await store.append(tenantId, [blockOf(series, samples.slice(1, 2))]);
      await store.append(tenantId, [blockOf(series, samples.slice(2))]);
      await store.append(tenantId, [blockOf(series, samples.slice(0, 1))]);
      expect(await read(tenantId, series)).toEqual(samples);
      await store.append(tenantId, [blockOf(series, run(10, 2000))]);
      await store.append(tenantId, [blockOf(series, [[startAt + 20 * stepMs, Number.NaN]])]);
      expect((await read(tenantId, series))[16]).toEqual([startAt + 20 * stepMs, Number.NaN]);
    });

    it('keeps every sample of a series that grows by many small appends', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a', 'm');
      const other = seriesOf(tenantId, 'b', 'm');
      for (let from = 0; from < 2600; from += 65) {
        await store.append(tenantId, [blockOf(series, run(from, from + 65)), blockOf(other, run(from, from + 1))]);
      }
      expect(await read(tenantId, series)).toEqual(run(0, 2600));
      expect((await read(tenantId, other)).length).toBe(40);
    });

    it('keeps every sample of one long append', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a', 'm');
      await store.append(tenantId, [blockOf(series, run(0, 5321))]);
      expect(await read(tenantId, series)).toEqual(run(0, 5321));
    });

    it('takes the blocks of one append as one, whatever their order', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a', 'm');
      await store.append(tenantId, [
        blockOf(series, run(50, 60)),
        blockOf(series, run(0, 10)),
        blockOf(series, run(5, 55)),
      ]);
      expect(await read(tenantId, series)).toEqual(run(0, 60));
    });

    it('changes nothing when the same samples are appended again', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a', 'm');
      await store.append(tenantId, [blockOf(series, run(0, 2500))]);
      await store.append(tenantId, [blockOf(series, run(900, 1100))]);
      await store.append(tenantId, [blockOf(series, run(2400, 2500))]);
      await store.append(tenantId, [blockOf(series, run(0, 2500))]);
      expect(await read(tenantId, series)).toEqual(run(0, 2500));
      const [summary] = await store.list(tenantId, {});
      // Samples that were written twice may count twice until the store has merged them.
      expect(summary?.samples).toBeGreaterThanOrEqual(2500);
      expect(summary?.samples).toBeLessThanOrEqual(5300);
    });

    it('lets the last value win for a timestamp, in one block, in one append and later', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a', 'm');
      await store.append(tenantId, [
        blockOf(series, [
          [startAt, 1],
          [startAt, 2],
        ]),
      ]);
      expect(await read(tenantId, series)).toEqual([[startAt, 2]]);
      await store.append(tenantId, [blockOf(series, [[startAt, 3]]), blockOf(series, [[startAt, 4]])]);
      expect(await read(tenantId, series)).toEqual([[startAt, 4]]);
      await store.append(tenantId, [blockOf(series, run(0, 3000))]);
      await store.append(tenantId, [blockOf(series, [[startAt + 20 * stepMs, 99]])]);
      const expected = run(0, 3000);
      expected[20] = [startAt + 20 * stepMs, 99];
      expect(await read(tenantId, series)).toEqual(expected);
    });

    it('merges late samples into order, next to new ones, far back and before the first', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a', 'm');
      const odd = run(0, 4000).filter((_, index) => index % 2 === 1);
      const even = run(0, 4000).filter((_, index) => index % 2 === 0);
      await store.append(tenantId, [blockOf(series, odd)]);
      await store.append(tenantId, [blockOf(series, even.slice(900))]);
      await store.append(tenantId, [blockOf(series, even.slice(0, 900)), blockOf(series, run(4000, 4010))]);
      await store.append(tenantId, [blockOf(series, run(-1500, 0))]);
      expect(await read(tenantId, series)).toEqual(run(-1500, 4010));
      const [summary] = await store.list(tenantId, {});
      expect(summary).toEqual({
        series,
        firstAt: startAt - 1500 * stepMs,
        lastAt: startAt + 4009 * stepMs,
        samples: 5510,
      });
    });

    it('agrees with a plain map through random appends of new, late and repeated samples', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a', 'm');
      const model = new Map<number, number>();
      const random = randomOf(20_260_101);
      let newest = 0;
      let written = 0;
      for (let round = 0; round < 60; round += 1) {
        const reach = [0, 5, 300, 6000][Math.floor(random() * 4)] ?? 0;
        const from = newest - Math.floor(random() * reach);
        const count = 1 + Math.floor(random() ** 4 * 2500);
        const samples = Array.from({ length: count }, (_, index): [number, number] => [
          startAt + (from + index * (1 + (round % 3))) * stepMs,
          random() < 0.7 ? Math.round(random() * 1000) / 10 : random(),
        ]);
        newest = Math.max(newest, from + count * (1 + (round % 3)));
        written += count;
        for (const [at, value] of samples) model.set(at, value);
        await store.append(tenantId, [blockOf(series, samples)]);
      }
      const expected = [...model].sort(([a], [b]) => a - b);
      expect(await read(tenantId, series)).toEqual(expected);
      const [summary] = await store.list(tenantId, {});
      expect(summary?.samples).toBeGreaterThanOrEqual(model.size);
      expect(summary?.samples).toBeLessThanOrEqual(written);
      for (let question = 0; question < 20; question += 1) {
        const from = startAt + Math.floor(random() * newest) * stepMs;
        const to = from + Math.floor(random() * 4000) * stepMs + 1;
        expect(await read(tenantId, series, { from, to })).toEqual(expected.filter(([at]) => at >= from && at < to));
      }
    });

    it('includes the start of a range and excludes its end', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a', 'm');
      await store.append(tenantId, [blockOf(series, run(0, 3000))]);
      for (const [from, to] of [
        [10, 20],
        [990, 2010],
        [2995, 3000],
        [0, 1],
      ] as const) {
        const range = { from: startAt + from * stepMs, to: startAt + to * stepMs };
        expect(await read(tenantId, series, range)).toEqual(run(from, to));
      }
      expect(await read(tenantId, series, { from: -Infinity, to: Infinity })).toEqual(run(0, 3000));
      expect(await read(tenantId, series, { from: startAt - 10, to: startAt })).toEqual([]);
      expect(await read(tenantId, series, { from: startAt + 3, to: startAt + 3 })).toEqual([]);
    });

    it('finds series by ids, assets, metric and labels, all of which must match', async () => {
      const tenantId = freshTenant();
      const blue = seriesOf(tenantId, 'a', 'm', { colour: 'blue', size: 's' });
      const red = seriesOf(tenantId, 'a', 'm', { colour: 'red' });
      const other = seriesOf(tenantId, 'b', 'n', { colour: 'blue' });
      await store.append(
        tenantId,
        [blue, red, other].map((series) => blockOf(series, run(0, 2))),
      );
      async function found(filter: Parameters<SeriesStore['list']>[1]): Promise<string[]> {
        const listed = await store.list(tenantId, filter);
        const ranged = await store.range(tenantId, filter, everything);
        expect(ranged.map((points) => points.series.id)).toEqual(listed.map((summary) => summary.series.id));
        return listed.map((summary) => summary.series.id);
      }
      expect(await found({})).toEqual([blue.id, red.id, other.id]);
      expect(await found({ ids: [other.id, red.id] })).toEqual([red.id, other.id]);
      expect(await found({ assets: ['b', 'c'] })).toEqual([other.id]);
      expect(await found({ metric: 'm' })).toEqual([blue.id, red.id]);
      expect(await found({ labels: { colour: 'blue' } })).toEqual([blue.id, other.id]);
      expect(await found({ assets: ['a'], labels: { colour: 'blue' } })).toEqual([blue.id]);
      expect(await found({ ids: [] })).toEqual([]);
      expect(await found({ metric: 'm', assets: ['b'] })).toEqual([]);
    });

    it('leaves a series out of a range in which it has no samples', async () => {
      const tenantId = freshTenant();
      const early = seriesOf(tenantId, 'a', 'm');
      const late = seriesOf(tenantId, 'b', 'm');
      await store.append(tenantId, [blockOf(early, run(0, 5)), blockOf(late, run(100, 105))]);
      const found = await store.range(tenantId, {}, { from: startAt, to: startAt + 50 * stepMs });
      expect(found.map((points) => points.series.asset)).toEqual(['a']);
    });

    it('returns the smallest asset and metric names first, at most as many as asked for', async () => {
      const tenantId = freshTenant();
      const all = ['c', 'B', 'a', 'Z', 'ä'].map((asset) => seriesOf(tenantId, asset, 'm'));
      await store.append(
        tenantId,
        all.map((series) => blockOf(series, run(0, 1))),
      );
      const listed = await store.list(tenantId, {}, { limit: 3 });
      expect(listed.map((summary) => summary.series.asset)).toEqual(['B', 'Z', 'a']);
      const ranged = await store.range(tenantId, {}, everything, { seriesMax: 2 });
      expect(ranged.map((points) => points.series.asset)).toEqual(['B', 'Z']);
    });

    it('counts a series that has no samples in the range against no limit', async () => {
      const tenantId = freshTenant();
      await store.append(tenantId, [
        blockOf(seriesOf(tenantId, 'a', 'm'), run(0, 1)),
        blockOf(seriesOf(tenantId, 'b', 'm'), run(100, 101)),
      ]);
      const range = { from: startAt + 100 * stepMs, to: startAt + 101 * stepMs };
      const found = await store.range(tenantId, {}, range, { seriesMax: 1 });
      expect(found.map((points) => points.series.asset)).toEqual(['b']);
    });

    it('scans every series that matches once, page by page', async () => {
      const tenantId = freshTenant();
      const all = Array.from({ length: 25 }, (_, index) => seriesOf(tenantId, `a-${index}`, `m-${index % 2}`));
      await store.append(
        tenantId,
        all.map((series, index) => blockOf(series, run(index, index + 2))),
      );
      const scan = async (filter: Parameters<SeriesStore['scan']>[1], range: typeof everything, pageMax: number) => {
        const pages = await Array.fromAsync(store.scan(tenantId, filter, range, { pageMax }));
        expect(pages.every((page) => page.length <= pageMax && page.length > 0)).toBe(true);
        return pages.flat().toSorted((a, b) => a.firstAt - b.firstAt);
      };
      const found = await scan({}, everything, 10);
      expect(found).toEqual(
        all.map((series, index) => ({
          series,
          firstAt: startAt + index * stepMs,
          lastAt: startAt + (index + 1) * stepMs,
          samples: 2,
        })),
      );
      expect(await scan({ metric: 'm-1' }, everything, 12)).toEqual(found.filter((_, index) => index % 2 === 1));
      const middle = { from: startAt + 10 * stepMs, to: startAt + 12 * stepMs };
      expect(await scan({}, middle, 2)).toEqual(found.slice(9, 12));
      expect(await scan({}, { from: startAt, to: startAt }, 5)).toEqual([]);
      expect(await scan({ assets: ['none'] }, everything, 5)).toEqual([]);
    });

    it('takes the newest unit of a series', async () => {
      const tenantId = freshTenant();
      const { unit: _, ...bare } = seriesOf(tenantId, 'a', 'm');
      await store.append(tenantId, [blockOf(bare, run(0, 1))]);
      await store.append(tenantId, [blockOf({ ...bare, unit: 'ms' }, run(1, 2))]);
      await store.append(tenantId, [blockOf(bare, run(2, 3))]);
      const [summary] = await store.list(tenantId, {});
      expect(summary?.series.unit).toBe('ms');
    });

    it('keeps concurrent appends to the same series complete', async () => {
      const tenantId = freshTenant();
      const series = Array.from({ length: 12 }, (_, index) => seriesOf(tenantId, `asset-${index}`, 'm'));
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          const order = writer % 2 === 0 ? series : series.toReversed();
          for (let round = 0; round < 6; round += 1) {
            const from = (round * 8 + writer) * 50;
            await store.append(
              tenantId,
              order.map((one) => blockOf(one, run(from, from + 50))),
            );
          }
        }),
      );
      for (const one of series) expect(await read(tenantId, one)).toEqual(run(0, 2400));
      for (const summary of await store.list(tenantId, {})) expect(summary.samples).toBe(2400);
    });

    it('shows a tenant nothing of another', async () => {
      const tenantId = freshTenant();
      const series = seriesOf(tenantId, 'a', 'm');
      await store.append(tenantId, [blockOf(series, run(0, 5))]);
      const stranger = freshTenant();
      expect(await store.list(stranger, {})).toEqual([]);
      expect(await store.range(stranger, { ids: [series.id] }, everything)).toEqual([]);
    });

    it('takes an empty append and an empty block', async () => {
      const tenantId = freshTenant();
      await store.append(tenantId, []);
      await store.append(tenantId, [blockOf(seriesOf(tenantId, 'a', 'm'), [])]);
      expect(await store.list(tenantId, {})).toEqual([]);
    });

    it('refuses limits below one, and stops when the signal has aborted', async () => {
      const tenantId = freshTenant();
      await expect(store.list(tenantId, {}, { limit: 0 })).rejects.toMatchObject({ code: 'invalid-request' });
      await expect(store.range(tenantId, {}, everything, { seriesMax: 0 })).rejects.toMatchObject({
        code: 'invalid-request',
      });
      const aborted = AbortSignal.abort(new Error('the asker left'));
      await expect(store.range(tenantId, {}, everything, { signal: aborted })).rejects.toThrow('the asker left');
    });

    it('is told only of promises that there are', ({ task }) => {
      const titles = task.suite?.tasks.map(({ name: title }) => title) ?? [];
      expect(Object.keys(unkept).filter((title) => !titles.includes(title))).toEqual([]);
    });
  });
}
