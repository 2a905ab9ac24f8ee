import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { SeriesId, TenantId } from '@heliosiq/model';
import type { StateStore } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { defaultSeriesSettings } from './series-settings.ts';
import { type WatchedSeries, createWatchedSeries, stateScope } from './watched-series.ts';

const tenantId = TenantId.parse('acme');
const { threshold } = defaultSeriesSettings;
const ids = Array.from({ length: 30 }, (_, index) => SeriesId.parse(index.toString(16).padStart(32, '0')));
const rounds = 40;
const stepMs = 60_000;

function watchedOver(states: StateStore, heldBytesMax: number): WatchedSeries {
  return createWatchedSeries({ states, logger: createMemoryLogger(), settings: defaultSeriesSettings, heldBytesMax });
}

/** Shows each series a sample a round; `afterRound` says what is done then. */
async function watch(watched: WatchedSeries, afterRound: (round: number) => Promise<void> | void): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await watched.load(tenantId, ids);
    for (const [index, seriesId] of ids.entries()) {
      const value = 10 * index + Math.sin(round * (index + 1) * 78.233);
      watched.withWatch({ tenantId, seriesId }, threshold, (one) => one.observe((round + 1) * stepMs, value));
    }
    await afterRound(round);
  }
}

async function stored(states: StateStore): Promise<ReadonlyMap<string, string>> {
  const entries = await states.get(tenantId, stateScope, ids);
  return new Map(entries.map(({ key, bytes }) => [key, Buffer.from(bytes).toString('hex')]));
}

describe('watched series', () => {
  it('know the same whether they stayed in memory, were packed in between, or had to be read again each time', async () => {
    const [kept, cooled, read] = [createMemoryStateStore(), createMemoryStateStore(), createMemoryStateStore()];
    const inMemory = watchedOver(kept, 40_000_000);
    await watch(inMemory, () => undefined);
    await inMemory.save();
    const packed = watchedOver(cooled, 40_000_000);
    await watch(packed, (round) => (round % 3 === 0 ? packed.cool() : undefined));
    await packed.save();
    const reading = watchedOver(read, 1000);
    await watch(reading, () => reading.save());
    const expected = await stored(kept);
    expect(expected.size).toBe(ids.length);
    expect(await stored(cooled)).toEqual(expected);
    expect(await stored(read)).toEqual(expected);
  });

  it('are let go down to the limit once they are saved, and not before', async () => {
    const watched = watchedOver(createMemoryStateStore(), 5000);
    await watch(watched, () => undefined);
    expect(watched.isFull()).toBe(true);
    expect(watched.size()).toBe(ids.length);
    await watched.save();
    expect(watched.isFull()).toBe(false);
    expect(watched.size()).toBeLessThan(ids.length);
  });

  it('make room without a write where enough of them are saved, never for what is not, and forget nothing', async () => {
    const states = createMemoryStateStore();
    const watched = watchedOver(states, 20_000);
    const show = async (some: readonly SeriesId[], at: number): Promise<void> => {
      await watched.load(tenantId, some);
      for (const seriesId of some) watched.withWatch({ tenantId, seriesId }, threshold, (one) => one.observe(at, 1));
    };
    await show(ids, stepMs);
    const before = watched.size();
    expect(watched.makeRoom()).toBe(true);
    expect(watched.size()).toBe(before);
    await watched.save();
    const saved = await stored(states);
    const more = Array.from({ length: 75 }, (_, index) =>
      SeriesId.parse((1000 + index).toString(16).padStart(32, '0')),
    );
    await show(more, stepMs);
    expect(watched.isFull()).toBe(true);
    expect(watched.makeRoom()).toBe(true);
    expect(more.every((seriesId) => watched.heldOf(tenantId, seriesId) !== undefined)).toBe(true);
    expect(watched.size()).toBeLessThan(ids.length + more.length);
    expect(await stored(states)).toEqual(saved);
    await show(ids, 2 * stepMs);
    await show(more, 2 * stepMs);
    expect(watched.makeRoom()).toBe(false);
  });
});
