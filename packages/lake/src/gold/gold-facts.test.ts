import { createMemoryRollupStore } from '@heliosiq/adapters/memory/rollup-store.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import type { AssetId, SampleBlock, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { createPacer } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { createArrivals } from './arrivals.ts';
import { createGoldFacts } from './gold-facts.ts';
import { rollUpSeries } from './roll-up-series.ts';

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
const startAt = Date.UTC(2026, 4, 4);
const tenantId = 'acme' as TenantId; // a valid slug

function blockOf(metric: string, times: readonly number[], valueOf: (at: number) => number): SampleBlock {
  const named = { asset: 'pump' as AssetId, metric, labels: {} }; // a non-empty name
  return { series: { id: seriesIdOf(tenantId, named), ...named }, times, values: times.map(valueOf) };
}

const minutes = (days: number): number[] =>
  Array.from({ length: days * 1440 }, (_, index) => startAt + index * minuteMs);

async function openWorld() {
  const clock = { now: startAt };
  const stores = {
    series: createMemorySeriesStore(),
    rollups: createMemoryRollupStore(),
    states: createMemoryStateStore(),
  };
  const arrivals = createArrivals({ states: stores.states, now: () => clock.now, everyMs: 1 });
  return {
    clock,
    counted: arrivals.counted(stores.series),
    facts: createGoldFacts(stores),
    rollUp: (dayAt: number, blocks: readonly SampleBlock[]) => {
      const series = blocks.map((block) => block.series.id);
      const work = { dayAt, series, signal: new AbortController().signal };
      return rollUpSeries({ ...stores, pacer: createPacer() }, tenantId, work);
    },
    /** Lets the service write what was counted, as at the end of the program. */
    async flush() {
      const stopping = new AbortController();
      const running = arrivals.service.run(stopping.signal);
      stopping.abort();
      await running;
    },
  };
}

describe('facts of gold', () => {
  it('tell gaps, late and repeated samples of a day, over restarts of the counting', async () => {
    const world = await openWorld();
    const block = blockOf(
      'flow',
      minutes(1).filter((_, index) => index < 600 || index >= 660),
      (at) => at % 7,
    );
    const at = (from: number, to: number) => ({
      ...block,
      times: Array.from(block.times).slice(from, to),
      values: Array.from(block.values).slice(from, to),
    });
    world.clock.now = startAt + 500 * minuteMs;
    await world.counted.append(tenantId, [at(0, 500)]);
    await world.flush();
    world.clock.now = startAt + dayMs;
    await world.counted.append(tenantId, [at(490, 1380)]);
    await world.flush();
    await world.rollUp(startAt, [block]);
    const range = { from: startAt, to: startAt + 2 * dayMs };
    const [found] = await world.facts.quality(tenantId, { metric: 'flow' }, range);
    expect(found?.days).toEqual([
      expect.objectContaining({
        ...{ dayAt: startAt, samples: 1380, intervalMs: minuteMs, gaps: 1, longestGapMs: 61 * minuteMs },
        // All but those of the last five minutes before each append.
        ...{ duplicates: 10, late: 494 + 886 },
      }),
    ]);
    expect(await world.facts.quality(tenantId, { metric: 'other' }, range)).toEqual([]);
  });

  it('say nothing of arrivals where nobody counted, and forget what is two months old', async () => {
    const world = await openWorld();
    const old = blockOf('flow', [startAt - 100 * dayMs, startAt + 1], () => 1);
    await world.counted.append(tenantId, [old]);
    await world.flush();
    for (const dayAt of [startAt - 100 * dayMs, startAt]) await world.rollUp(dayAt, [old]);
    const range = { from: startAt - 101 * dayMs, to: startAt + dayMs };
    const [found] = await world.facts.quality(tenantId, {}, range);
    expect(found?.days.map(({ late, duplicates }) => [late, duplicates])).toEqual([
      [undefined, undefined],
      [0, 0],
    ]);
  });

  it('tell level, spread, trend and course of the day of each series of an asset', async () => {
    const world = await openWorld();
    const times = minutes(4);
    const rising = blockOf('rising', times, (moment) => 10 + (moment - startAt) / dayMs);
    const daily = blockOf('daily', times, (moment) => Math.floor((moment % dayMs) / hourMs));
    await world.counted.append(tenantId, [rising, daily]);
    for (let day = 0; day < 4; day += 1) await world.rollUp(startAt + day * dayMs, [rising, daily]);
    const features = await world.facts.features(tenantId, 'pump', { from: startAt, to: startAt + 4 * dayMs });
    const [dailyFeatures, risingFeatures] = features;
    expect(risingFeatures).toMatchObject({ samples: 4 * 1440, hours: 96, min: 10 });
    expect(risingFeatures?.trendPerDay).toBeCloseTo(1, 9);
    expect(risingFeatures?.mean).toBeCloseTo(12, 2);
    expect(dailyFeatures?.profile).toEqual(Array.from({ length: 24 }, (_, hour) => hour));
    expect(Math.abs((dailyFeatures?.quantiles.p95 ?? 0) / 22 - 1)).toBeLessThan(0.011);
    expect(await world.facts.features(tenantId, 'fan', { from: startAt, to: startAt + 1 })).toEqual([]);
    await expect(world.facts.features(tenantId, 'pump', { from: 1, to: 0 })).rejects.toMatchObject({
      code: 'invalid-request',
    });
  });
});
