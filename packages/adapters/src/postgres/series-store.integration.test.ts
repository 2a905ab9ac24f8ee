import { sql } from 'kysely';
import type { AssetId, DiscreteSignal, SampleBlock, SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshTenant } from '@heliosiq/ports/conformance/fresh-tenant.ts';
import { createMemoryLogger } from '../memory/logger.ts';
import { createMemoryMeter } from '../memory/meter.ts';
import { randomOf } from '../testing/random-numbers.ts';
import { openTestDatabase } from '../testing/test-postgres.ts';
import { openDatabase, type Database } from './database.ts';
import { createSeriesMerger, type SeriesMerger } from './series-merger.ts';
import { createPostgresSeriesStore } from './series-store.ts';
import { createPostgresSignalStore } from './signal-store.ts';

const acme = 'acme' as TenantId; // a valid slug
const startAt = Date.UTC(2026, 0, 1);
const stepMs = 15_000;

function seriesOf(tenantId: TenantId, asset: string): SeriesRef {
  const named = { asset: asset as AssetId, metric: 'm', labels: {} }; // a non-empty name
  return { id: seriesIdOf(tenantId, named), ...named };
}

function blockOf(series: SeriesRef, from: number, count: number): SampleBlock {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  return { series, times: numbers.map((number) => startAt + number * stepMs), values: numbers };
}

describe('telemetry on PostgreSQL', () => {
  const opened = new AsyncDisposableStack();
  let database: Database;
  beforeAll(async () => {
    const { url } = opened.use(await openTestDatabase());
    database = opened.use(await openDatabase({ url, poolMax: 8 }));
  });
  afterAll(() => opened.disposeAsync());

  function mergerOf(now?: () => number): SeriesMerger {
    const deps = { database, logger: createMemoryLogger(), meter: createMemoryMeter() };
    return createSeriesMerger({ ...deps, ...(now !== undefined && { now }) });
  }

  /** The blocks of all series, none of which may overlap another of its group. */
  async function blocksOf(
    tenantId: TenantId,
  ): Promise<{ blocks: number; samples: number; overlaps: number; pages: number }> {
    const found = await database.asTenant(tenantId, (transaction) =>
      sql<{ blocks: number; samples: number; overlaps: number; pages: number }>`
        select count(*) as blocks, coalesce(sum(samples), 0)::bigint as samples,
               count(*) filter (where from_at <= previous_end) as overlaps, (select count(*) from sample_page) as pages
          from (select *, lag(until_at) over (partition by block_group order by from_at) as previous_end
                  from sample_block) as block`.execute(transaction),
    );
    return found.rows[0] ?? { blocks: 0, samples: 0, overlaps: 0, pages: 0 };
  }

  async function valuesOf(tenantId: TenantId, series: SeriesRef): Promise<number[]> {
    const store = createPostgresSeriesStore(database);
    const [points] = await store.range(tenantId, { ids: [series.id] }, { from: -Infinity, to: Infinity });
    return Array.from(points?.values ?? []);
  }

  it('keeps thousands of samples a row once they are merged, however small the appends were', async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    const series = seriesOf(tenantId, 'steady');
    for (let from = 0; from < 4000; from += 20) await store.append(tenantId, [blockOf(series, from, 20)]);
    await mergerOf().mergeAll({ isFinal: true });
    expect(await blocksOf(tenantId)).toEqual({ blocks: 1, samples: 4000, overlaps: 0, pages: 0 });
    expect(await valuesOf(tenantId, series)).toEqual(Array.from({ length: 4000 }, (_, index) => index));
  });

  it('keeps blocks apart when samples arrive last to first, in many appends and merges', async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    const series = seriesOf(tenantId, 'backwards');
    const merger = mergerOf();
    for (let from = 4900; from >= 0; from -= 100) {
      await store.append(tenantId, [blockOf(series, from, 100)]);
      if (from % 700 === 0) await merger.mergeAll({ isFinal: true });
    }
    await merger.mergeAll({ isFinal: true });
    expect(await blocksOf(tenantId)).toMatchObject({ samples: 5000, overlaps: 0, pages: 0 });
    expect(await valuesOf(tenantId, series)).toEqual(Array.from({ length: 5000 }, (_, index) => index));
  });

  it('agrees with a plain map through random appends and merges, and counts each sample once', async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    const merger = mergerOf();
    const all = Array.from({ length: 8 }, (_, index) => seriesOf(tenantId, `random-${index}`));
    const model = new Map(all.map((series) => [series.id, new Map<number, number>()]));
    const random = randomOf(20_261_121);
    for (let round = 0; round < 80; round += 1) {
      const blocks = all
        .filter(() => random() < 0.6)
        .map((series) => {
          // Some weeks, now and then years away: a clock that jumped.
          const jump = random() < 0.05 ? (random() < 0.5 ? -1e12 : 2e12) : 0;
          const first = Math.floor(random() * 20_000);
          const count = 1 + Math.floor(random() ** 3 * 600);
          const times = Array.from({ length: count }, (_, index) => startAt + jump + (first + index * 2) * stepMs * 4);
          const values = times.map(() => (random() < 0.5 ? Math.floor(random() * 1000) : random()));
          for (const [index, at] of times.entries()) model.get(series.id)?.set(at, values[index] ?? 0);
          return { series, times, values };
        });
      await store.append(tenantId, blocks);
      if (round % 9 === 0) await merger.mergeAll();
      if (round % 23 === 0) await merger.mergeAll({ isFinal: true });
    }
    const check = async (): Promise<void> => {
      const found = await store.range(tenantId, {}, { from: -Infinity, to: Infinity });
      for (const points of found) {
        const expected = [...(model.get(points.series.id) ?? [])].sort(([a], [b]) => a - b);
        expect(Array.from(points.times, (at, index) => [at, points.values[index]])).toEqual(expected);
      }
      expect(found.length).toBe(all.length);
    };
    await check();
    await merger.mergeAll({ isFinal: true });
    await check();
    for (const { series, samples, firstAt, lastAt } of await store.list(tenantId, {})) {
      const times = [...(model.get(series.id)?.keys() ?? [])].sort((a, b) => a - b);
      expect({ samples, firstAt, lastAt }).toEqual({ samples: times.length, firstAt: times[0], lastAt: times.at(-1) });
    }
    expect(await blocksOf(tenantId)).toMatchObject({ pages: 0 });
  });

  it('takes less than two bytes for a sample of a steady series', async () => {
    const tenantId = freshTenant();
    await createPostgresSeriesStore(database).append(tenantId, [blockOf(seriesOf(tenantId, 'small'), 0, 50_000)]);
    await mergerOf().mergeAll({ isFinal: true });
    const found = await database.asTenant(tenantId, (transaction) =>
      sql<{ bytes: number }>`
        select sum(octet_length(directory) + octet_length(bytes) + 100) as bytes from sample_block`.execute(
        transaction,
      ),
    );
    expect(Number(found.rows[0]?.bytes) / 50_000).toBeLessThan(0.7);
  });

  it('shows every reader a gapless beginning of the series while it grows and is merged', async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    const series = seriesOf(tenantId, 'growing');
    const merger = mergerOf();
    let isDone = false;
    const writing = (async () => {
      for (let from = 0; from < 6000; from += 150) await store.append(tenantId, [blockOf(series, from, 150)]);
      isDone = true;
    })();
    const merging = (async () => {
      while (!isDone) await merger.mergeAll({ isFinal: true });
    })();
    let reads = 0;
    while (!isDone) {
      const values = await valuesOf(tenantId, series);
      expect(values).toEqual(values.map((_, index) => index));
      expect(values.length % 150).toBe(0);
      reads += 1;
    }
    await Promise.all([writing, merging]);
    expect(reads).toBeGreaterThan(1);
    expect((await valuesOf(tenantId, series)).length).toBe(6000);
  });

  it('answers a filter with a NUL as an invalid request, not as a fault', async () => {
    const store = createPostgresSeriesStore(database);
    await expect(store.list(acme, { assets: ['a\0b'] })).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(store.list(acme, { labels: { zone: '\0' } })).rejects.toMatchObject({ code: 'invalid-request' });
  });

  it('keeps signals of a month in a partition of their own, behind the same wall', async () => {
    const signals = createPostgresSignalStore(database);
    const event: DiscreteSignal = {
      kind: 'event',
      id: 'e1',
      asset: 'door' as AssetId, // a non-empty name
      at: Date.UTC(2026, 3, 17),
      title: 'opened',
      severity: 'info',
      labels: {},
    };
    await signals.append(acme, [event]);
    const count = async (tenantId: TenantId): Promise<number> => {
      const found = await database.asTenant(tenantId, (transaction) =>
        sql<{ rows: number }>`select count(*) as rows from signal_2026_04`.execute(transaction),
      );
      return found.rows[0]?.rows ?? -1;
    };
    expect(await count(acme)).toBe(1);
    expect(await count('other' as TenantId)).toBe(0); // a valid slug
  });
});
