import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { openDatabase, type Database } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresLease } from '@heliosiq/adapters/postgres/lease.ts';
import { createPostgresRollupStore } from '@heliosiq/adapters/postgres/rollup-store.ts';
import { createPostgresSeriesChanges } from '@heliosiq/adapters/postgres/series-changes.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createPostgresTenantStore } from '@heliosiq/adapters/postgres/tenant-store.ts';
import { openTestDatabase } from '@heliosiq/adapters/testing/test-postgres.ts';
import type { AssetId, SampleBlock, TenantId } from '@heliosiq/model';
import { seriesIdOf, sha256Hex } from '@heliosiq/model/content-id.ts';
import { createPacer, type RollupStore, type RollupWrite } from '@heliosiq/ports';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createChartReader } from '../../packages/lake/src/chart-reader.ts';
import { createGold } from '../../packages/lake/src/gold/gold.ts';
import { rollUpSeries } from '../../packages/lake/src/gold/roll-up-series.ts';

const dayMs = 86_400_000;
const startAt = Date.UTC(2025, 0, 1);
const later = startAt + 400 * dayMs;
const daysRolled = 112;

function blocksOf(tenantId: TenantId, series: number, days: number): SampleBlock[] {
  return Array.from({ length: series }, (_, index) => {
    const named = { asset: `pump-${index}` as AssetId, metric: 'm', labels: {} }; // a non-empty name
    const numbers = Array.from({ length: days * 48 }, (_each, number) => number);
    return {
      series: { id: seriesIdOf(tenantId, named), ...named },
      times: numbers.map((number) => startAt + number * 1_800_000 + (index % 7)),
      values: numbers.map((number) => Math.sin(number / 10) * (index + 1)),
    };
  });
}

/** A store whose writes fail at some moments, before or after they were made. */
function failing(rollups: RollupStore, failsAt: (write: number) => 'before' | 'after' | undefined): RollupStore {
  let writes = 0;
  return {
    ...rollups,
    async put(tenantId: TenantId, pages: readonly RollupWrite[]) {
      writes += 1;
      const moment = failsAt(writes);
      if (moment === 'before') throw new Error('killed');
      const isDone = await rollups.put(tenantId, pages);
      if (moment === 'after') throw new Error('killed');
      return isDone;
    },
  };
}

describe('gold on PostgreSQL', () => {
  const opened = new AsyncDisposableStack();
  let database: Database;
  beforeAll(async () => {
    const { url } = opened.use(await openTestDatabase());
    database = opened.use(await openDatabase({ url }));
  });
  afterAll(() => opened.disposeAsync());

  function openWorld(rollups: RollupStore) {
    const tenants = createPostgresTenantStore(database);
    const series = createPostgresSeriesStore(database);
    const changes = createPostgresSeriesChanges(database);
    const [meter, logger, lease] = [createMemoryMeter(), createMemoryLogger(), createPostgresLease(database)];
    const deps = { changes, series, rollups, tenants, lease, meter, logger, now: () => later };
    return { series, changes, tenants, gold: () => createGold({ ...deps, options: { everyMs: 1, quietMs: -later } }) };
  }

  async function hashesOf(tenantId: TenantId): Promise<readonly string[]> {
    const rollups = createPostgresRollupStore(database);
    const ids = blocksOf(tenantId, 12, 0).map(({ series }) => series.id);
    const hashes: string[] = [];
    for (const resolution of ['minute', 'hour', 'day'] as const) {
      const range = { from: startAt, to: later };
      for (const page of await rollups.read(tenantId, { resolution, series: ids, range })) {
        const { seriesId, startAt: at, days, samples, bytes } = page;
        // Tenants have other ids for the same series.
        hashes.push([resolution, ids.indexOf(seriesId), at, days, samples, sha256Hex(bytes)].join(' '));
      }
    }
    return hashes.sort();
  }

  /** Runs the service, again and again when it is killed, until every stretch is settled. */
  async function runUntilSettled(tenantId: TenantId, rollups: RollupStore): Promise<number> {
    const { gold, changes } = openWorld(rollups);
    let kills = 0;
    for (;;) {
      const stopping = new AbortController();
      const running = gold().run(stopping.signal);
      const isKilled = running.then(
        () => false,
        () => true,
      );
      const isSettled = vi.waitFor(
        async () => expect(await changes.changed(tenantId, { limit: 1, until: Number.MAX_SAFE_INTEGER })).toEqual([]),
        { timeout: 90_000 },
      );
      isSettled.catch(() => undefined);
      const killed = await Promise.race([isKilled, isSettled.then(() => undefined)]);
      stopping.abort();
      if (killed !== true) {
        await running;
        return kills;
      }
      kills += 1;
    }
  }

  it('comes to the same pages however often it is killed between its writes', async () => {
    const [calm, troubled] = ['calm', 'troubled'] as [TenantId, TenantId]; // valid slugs
    const rollups = createPostgresRollupStore(database);
    const { series, tenants } = openWorld(rollups);
    for (const id of [calm, troubled]) await series.append(id, blocksOf(id, 12, 4));
    await tenants.addTenant({ id: calm, name: 'Calm', createdAt: 0 });
    expect(await runUntilSettled(calm, rollups)).toBe(0);
    await tenants.addTenant({ id: troubled, name: 'Troubled', createdAt: 0 });
    const broken = failing(rollups, (write) => (write % 3 === 1 ? 'before' : write % 3 === 2 ? 'after' : undefined));
    expect(await runUntilSettled(troubled, broken)).toBeGreaterThanOrEqual(4);
    const expected = await hashesOf(calm);
    expect(expected.length).toBeGreaterThanOrEqual(12 * 6);
    expect(await hashesOf(troubled)).toEqual(expected);
  });

  it('reads months of a series from few pages, equal to the samples', async () => {
    const tenantId = 'months' as TenantId; // a valid slug
    const rollups = createPostgresRollupStore(database);
    const series = createPostgresSeriesStore(database);
    const [block] = blocksOf(tenantId, 1, daysRolled);
    if (block === undefined) throw new Error('there is one block');
    await series.append(tenantId, [block]);
    const work = { series: [block.series.id], signal: new AbortController().signal };
    for (let day = 0; day < daysRolled; day += 1) {
      await rollUpSeries({ series, rollups, pacer: createPacer() }, tenantId, {
        ...work,
        dayAt: startAt + day * dayMs,
      });
    }
    const range = { from: startAt, to: startAt + daysRolled * dayMs };
    let [pages, samples] = [0, 0];
    const counted = createChartReader({
      series: {
        ...series,
        async range(...question) {
          const found = await series.range(...question);
          samples += found.reduce((sum, { times }) => sum + times.length, 0);
          return found;
        },
      },
      rollups: {
        ...rollups,
        async read(...question) {
          const found = await rollups.read(...question);
          pages += found.length;
          return found;
        },
      },
    });
    const [chart] = await counted.chart(tenantId, {}, range, { stepMs: dayMs });
    const [raw] = await createChartReader({ series }).chart(tenantId, {}, range, { stepMs: dayMs });
    expect([pages, samples]).toEqual([5, 0]);
    expect(chart?.times).toHaveLength(daysRolled);
    expect({ ...chart, avg: [] }).toEqual({ ...raw, avg: [] });
    for (const [index, mean] of (chart?.avg ?? []).entries())
      expect(mean).toBeCloseTo(raw?.avg[index] ?? Number.NaN, 12);
  });
});
