import { createMemoryLease } from '@heliosiq/adapters/memory/lease.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryRollupStore } from '@heliosiq/adapters/memory/rollup-store.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemoryTenantStore } from '@heliosiq/adapters/memory/tenant-store.ts';
import { createChartReader } from '../../packages/lake/src/chart-reader.ts';
import { createGold } from '../../packages/lake/src/gold/gold.ts';
import { pageRange } from '../../packages/lake/src/gold/rollup-page.ts';
import type { AssetId, SampleBlock, SeriesId, TenantId } from '@heliosiq/model';
import { seriesIdOf, sha256Hex } from '@heliosiq/model/content-id.ts';
import type { RollupResolution, SeriesSteps } from '@heliosiq/ports';
import { describe, expect, it, vi } from 'vitest';

const [hourMs, dayMs] = [3_600_000, 86_400_000];
const startAt = Date.UTC(2026, 0, 1);
const tenantId = 'acme' as TenantId; // a valid slug

function blockOf(asset: string, times: readonly number[], valueOf: (at: number) => number): SampleBlock {
  const named = { asset: asset as AssetId, metric: 'm', labels: {} }; // a non-empty name
  return { series: { id: seriesIdOf(tenantId, named), ...named }, times, values: times.map(valueOf) };
}

const idOf = (asset: string): SeriesId => blockOf(asset, [], () => 0).series.id;

/** Moments of `days` days, some minutes apart, with holes. */
function moments(days: number): number[] {
  const all = Array.from({ length: days * 400 }, (_, index) => startAt + index * 215_900);
  return all.filter((_, index) => index % 97 !== 0 && !(index > 900 && index < 1400));
}

const wave = (at: number): number => Math.sin(at / 5e6) * 100 + ((at / 1000) % 7);

/** A lake of one tenant with a clock of its own. */
async function openWorld() {
  const clock = { now: startAt };
  const now = (): number => clock.now;
  const series = createMemorySeriesStore({ now });
  const rollups = createMemoryRollupStore();
  const tenants = createMemoryTenantStore();
  await tenants.addTenant({ id: tenantId, name: 'Acme', createdAt: 0 });
  const meter = createMemoryMeter();
  const logger = createMemoryLogger();
  const lease = createMemoryLease();
  const deps = { changes: series, series, rollups, tenants, lease, meter, logger, now };

  return {
    clock,
    series,
    rollups,
    meter,
    logger,
    /** Runs the service until nothing that is over is left to do. */
    async rollUp() {
      const stopping = new AbortController();
      let rounds = 0;
      const watched = { ...tenants, tenants: async () => ((rounds += 1), tenants.tenants()) };
      const running = createGold({ ...deps, tenants: watched, options: { everyMs: 1 } }).run(stopping.signal);
      await vi.waitFor(() => expect(rounds).toBeGreaterThan(1), { timeout: 30_000 });
      stopping.abort();
      await running;
    },
    pages: async (resolution: RollupResolution, asset = 'pump') => {
      const range = { from: 0, to: Number.MAX_SAFE_INTEGER };
      const found = await rollups.read(tenantId, { resolution, series: [idOf(asset)], range });
      return found.map(({ bytes, ...page }) => ({ ...page, sha256: sha256Hex(bytes) }));
    },
  };
}

/** What must be equal: the mean but for rounding. */
function expectSameSteps(actual: SeriesSteps | undefined, expected: SeriesSteps | undefined): void {
  const { avg, ...rest } = actual ?? { avg: [] };
  const { avg: expectedAvg, ...expectedRest } = expected ?? { avg: [] };
  expect(rest).toEqual(expectedRest);
  for (const [index, mean] of avg.entries()) expect(mean).toBeCloseTo(expectedAvg[index] ?? Number.NaN, 9);
}

describe('gold', () => {
  it('gives long charts the minimum, maximum, count and mean of the samples at every step', async () => {
    const world = await openWorld();
    const times = moments(40);
    await world.series.append(tenantId, [
      blockOf('pump', times, wave),
      blockOf('fan', times.slice(250), (at) => at % 50),
    ]);
    world.clock.now = startAt + 40 * dayMs;
    await world.rollUp();
    const rolled = createChartReader({ series: world.series, rollups: world.rollups });
    const raw = createChartReader({ series: world.series });
    for (const [from, to, stepMs] of [
      [0, 40 * dayMs, dayMs],
      [0, 40 * dayMs, 2 * hourMs],
      [3 * dayMs + 1, 37 * dayMs - 1, 4 * dayMs],
      [12_345_678, 30 * dayMs + 98_765, 6 * hourMs],
      [5 * hourMs, 10 * dayMs, 10 * 60_000],
      [dayMs / 2, 20 * dayMs, 10 * hourMs],
      [0, 10 * dayMs, 90_000],
      [38 * dayMs, 41 * dayMs, 3 * hourMs],
    ] as const) {
      const range = { from: startAt + from, to: startAt + to };
      const [actual, expected] = await Promise.all(
        [rolled, raw].map((reader) => reader.chart(tenantId, {}, range, { stepMs })),
      );
      expect(expected?.length).toBeGreaterThan(0);
      expect(actual).toHaveLength(expected?.length ?? 0);
      for (const [index, steps] of (actual ?? []).entries()) expectSameSteps(steps, expected?.[index]);
    }
  });

  it('leaves the day that is not over to the samples', async () => {
    const world = await openWorld();
    await world.series.append(tenantId, [blockOf('pump', moments(3), wave)]);
    world.clock.now = startAt + 2 * dayMs + 1000;
    await world.rollUp();
    expect((await world.pages('minute')).map((page) => page.startAt)).toEqual([startAt]);
    world.clock.now = startAt + 2 * dayMs + hourMs;
    await world.rollUp();
    expect(await world.pages('minute')).toHaveLength(2);
  });

  it('gives the same pages, byte for byte, whatever the order in which the samples came', async () => {
    const times = moments(9);
    const [inOrder, shuffled] = [await openWorld(), await openWorld()];
    await inOrder.series.append(tenantId, [blockOf('pump', times, wave)]);
    inOrder.clock.now = startAt + 20 * dayMs;
    await inOrder.rollUp();
    shuffled.clock.now = startAt + 20 * dayMs;
    for (const part of [5, 1, 7, 3, 0, 2, 6, 4]) {
      await shuffled.series.append(tenantId, [
        blockOf(
          'pump',
          times.filter((_, index) => index % 8 === part),
          wave,
        ),
      ]);
      shuffled.clock.now += hourMs;
      await shuffled.rollUp();
    }
    for (const resolution of ['minute', 'hour', 'day'] as const) {
      const bytesOf = (pages: Awaited<ReturnType<typeof inOrder.pages>>) =>
        pages.map((page) => ({ ...page, revision: 0 }));
      expect(bytesOf(await shuffled.pages(resolution))).toEqual(bytesOf(await inOrder.pages(resolution)));
    }
  });

  it('rolls a day up again when samples of it come late', async () => {
    const world = await openWorld();
    await world.series.append(tenantId, [blockOf('pump', [startAt + 1000], () => 1)]);
    world.clock.now = startAt + 5 * dayMs;
    await world.rollUp();
    await world.series.append(tenantId, [blockOf('pump', [startAt + 2000], () => 9)]);
    world.clock.now += hourMs;
    await world.rollUp();
    const reader = createChartReader({ series: world.series, rollups: world.rollups });
    const [chart] = await reader.chart(tenantId, {}, { from: startAt, to: startAt + 4 * dayMs }, { stepMs: dayMs });
    expect(chart).toMatchObject({ max: [9], min: [1], count: [2], avg: [5] });
    expect(await world.pages('day')).toMatchObject([{ revision: 2 }]);
    // Nothing is left to do: another round writes nothing.
    const written = world.meter.value('heliosiq_gold_pages_total');
    await world.rollUp();
    expect(world.meter.value('heliosiq_gold_pages_total')).toBe(written);
  });

  it('answers charts from buckets where the samples were forgotten, the finest there are', async () => {
    const world = await openWorld();
    const times = moments(30);
    await world.series.append(tenantId, [blockOf('pump', times, wave)]);
    world.clock.now = startAt + 40 * dayMs;
    await world.rollUp();
    const raw = createChartReader({ series: world.series });
    const forgotten = createMemorySeriesStore();
    await forgotten.append(tenantId, [
      blockOf(
        'pump',
        times.filter((at) => at >= startAt + 25 * dayMs),
        wave,
      ),
    ]);
    const reader = createChartReader({ series: forgotten, rollups: world.rollups });
    // A short range without any samples, in steps of which minutes are a part.
    const day = { from: startAt + 10 * dayMs, to: startAt + 11 * dayMs };
    const [short] = await reader.chart(tenantId, {}, day, { stepMs: 5 * 60_000 });
    expectSameSteps(short, (await raw.chart(tenantId, {}, day, { stepMs: 5 * 60_000 }))[0]);
    // A long one in steps that no bucket divides: the counts are there, in the steps in which minutes begin.
    const all = { from: startAt, to: startAt + 30 * dayMs };
    const [odd] = await reader.chart(tenantId, {}, all, { stepMs: 7 * hourMs + 1 });
    expect(odd?.count.reduce((sum, count) => sum + count, 0)).toBe(times.filter((at) => at < all.to).length);
    // When the minutes are gone too, the hours answer.
    await world.rollups.forgetful('minute').forget(tenantId, { before: startAt + 20 * dayMs });
    const [hours] = await reader.chart(tenantId, {}, day, { stepMs: 5 * 60_000 });
    expect(hours?.times.every((at) => at % hourMs === 0)).toBe(true);
    expect(hours?.count.reduce((sum, count) => sum + count, 0)).toBe(
      short?.count.reduce((sum, count) => sum + count, 0),
    );
  });

  it('serves the samples where a page is damaged, makes a new page of the day that changes, and names the damage', async () => {
    const world = await openWorld();
    await world.series.append(tenantId, [blockOf('pump', moments(20), wave)]);
    world.clock.now = startAt + 30 * dayMs;
    await world.rollUp();
    const question = { resolution: 'day', series: [idOf('pump')], range: { from: 0, to: world.clock.now } } as const;
    for (const { revision, ...page } of await world.rollups.read(tenantId, question)) {
      const bytes = page.bytes.map((byte, index) => (index === 20 ? byte ^ 4 : byte));
      expect(await world.rollups.put(tenantId, [{ ...page, bytes, replaces: revision }])).toBe(true);
    }
    const range = { from: startAt, to: startAt + 20 * dayMs };
    const raw = createChartReader({ series: world.series });
    const rolled = createChartReader({ series: world.series, rollups: world.rollups });
    const charts = async () => {
      const [actual] = await rolled.chart(tenantId, {}, range, { stepMs: dayMs });
      const [expected] = await raw.chart(tenantId, {}, range, { stepMs: dayMs });
      expectSameSteps(actual, expected);
    };
    await charts();
    await world.series.append(tenantId, [blockOf('pump', [startAt + 3 * dayMs + 1], wave)]);
    world.clock.now += hourMs;
    expect(world.meter.value('heliosiq_gold_damaged_total')).toBe(0);
    await world.rollUp();
    await charts();
    expect(world.meter.value('heliosiq_gold_damaged_total')).toBe(1);
    const [said] = world.logger.lines.filter(({ level }) => level === 'error');
    expect(said?.fields).toMatchObject({ tenant: tenantId, resolution: 'day', series: idOf('pump') });
    expect(said?.fields['startAt']).toBe(pageRange('day', startAt).from);
    expect(JSON.stringify(said?.fields)).toContain(`"lostDays":[${startAt},${startAt + dayMs},${startAt + 2 * dayMs},`);
    expect(JSON.stringify(said?.fields)).not.toContain(String(startAt + 3 * dayMs));
  });

  it('keeps what it knew of a day whose samples were forgotten when one comes late', async () => {
    const world = await openWorld();
    await world.series.append(tenantId, [blockOf('pump', moments(2), wave)]);
    world.clock.now = startAt + 60 * dayMs;
    await world.rollUp();
    const before = await world.pages('day');
    const emptied = createMemorySeriesStore({ now: () => world.clock.now - 40_000 });
    await emptied.append(tenantId, [blockOf('pump', [startAt + 5], () => 1e6)]);
    Object.assign(world.series, emptied);
    await world.rollUp();
    expect(await world.pages('day')).toEqual(before);
  });
});
