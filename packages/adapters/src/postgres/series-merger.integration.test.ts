import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import type { AssetId, SampleBlock, SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { SeriesDamage } from '@heliosiq/ports';
import { freshTenant } from '@heliosiq/ports/conformance/fresh-tenant.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryLogger } from '../memory/logger.ts';
import { createMemoryMeter } from '../memory/meter.ts';
import { randomOf } from '../testing/random-numbers.ts';
import { openTestDatabase } from '../testing/test-postgres.ts';
import { openDatabase, type Database } from './database.ts';
import { blockWeekOf, weekMs } from './sample-grid.ts';
import { createSeriesMerger, type SeriesMerger } from './series-merger.ts';
import { createPostgresSeriesRetention } from './series-retention.ts';
import { createPostgresSeriesStore } from './series-store.ts';

const stepMs = 15_000;
const startAt = Date.UTC(2026, 0, 1);
const everything = { from: -Infinity, to: Infinity };
const killsWanted = 5;

function seriesOf(tenantId: TenantId, asset: string): SeriesRef {
  const named = { asset: asset as AssetId, metric: 'm', labels: {} }; // a non-empty name
  return { id: seriesIdOf(tenantId, named), ...named };
}

function blockOf(series: SeriesRef, from: number, count: number): SampleBlock {
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  return { series, times: numbers.map((number) => startAt + number * stepMs), values: numbers };
}

describe('the merger of samples', () => {
  const opened = new AsyncDisposableStack();
  let database: Database;
  let url: string;
  beforeAll(async () => {
    ({ url } = opened.use(await openTestDatabase()));
    database = opened.use(await openDatabase({ url, poolMax: 8 }));
  });
  afterAll(() => opened.disposeAsync());

  function mergerOf(meter = createMemoryMeter(), now?: () => number): SeriesMerger {
    return createSeriesMerger({ database, logger: createMemoryLogger(), meter, ...(now !== undefined && { now }) });
  }

  /** As where there is much, at a moment. */
  function largeMergerOf(now: number): SeriesMerger {
    const [logger, meter] = [createMemoryLogger(), createMemoryMeter()];
    return createSeriesMerger({ database, logger, meter, now: () => now, weekTableBytesMin: 0 });
  }

  async function countOf(
    tenantId: TenantId,
    table: 'sample_page' | 'sample_block',
    where = sql`true`,
  ): Promise<number> {
    const found = await database.asTenant(tenantId, (transaction) =>
      sql<{ rows: number }>`select count(*) as rows from ${sql.table(table)} where ${where}`.execute(transaction),
    );
    return found.rows[0]?.rows ?? -1;
  }

  /** Changes one byte in the middle of a column of all rows of a table. */
  async function damage(tenantId: TenantId, table: string, column: string): Promise<void> {
    await database.asTenant(tenantId, (transaction) => {
      const name = sql.ref(column);
      const place = sql`octet_length(${name}) / 2`;
      return sql`
        update ${sql.table(table)} set ${name} = set_byte(${name}, ${place}, get_byte(${name}, ${place}) # 16)`.execute(
        transaction,
      );
    });
  }

  it('loses and doubles nothing when it is killed at any moment, again and again', { timeout: 300_000 }, async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    const all = Array.from({ length: 30 }, (_, index) => seriesOf(tenantId, `killed-${index}`));
    const random = randomOf(7);
    let written = 0;
    const append = async (): Promise<void> => {
      await store.append(
        tenantId,
        all.map((series) => blockOf(series, written, 40)),
      );
      written += 40;
    };
    for (let kill = 0; kill < killsWanted; kill += 1) {
      await append();
      const child = startMerging(url);
      const ended = once(child, 'exit');
      await once(child.stdout ?? child, 'data');
      for (let more = Math.floor(random() * 6); more >= 0; more -= 1) await append();
      child.kill('SIGKILL');
      await ended;
      const found = await store.range(tenantId, {}, everything);
      expect(found.length).toBe(all.length);
      for (const { values } of found) expect(Array.from(values)).toEqual(numbersTo(written));
    }
    await mergerOf().mergeAll({ isFinal: true });
    for (const { samples } of await store.list(tenantId, {})) expect(samples).toBe(written);
    for (const { values } of await store.range(tenantId, {}, everything)) {
      expect(Array.from(values)).toEqual(numbersTo(written));
    }
    expect(await countOf(tenantId, 'sample_page')).toBe(0);
  });

  it('serves the rest where a page is damaged, tells whose samples are missing, and puts the page aside', async () => {
    const tenantId = freshTenant();
    const logger = createMemoryLogger();
    const meter = createMemoryMeter();
    const store = createPostgresSeriesStore(database, { logger, meter });
    const [one, two] = [seriesOf(tenantId, 'one'), seriesOf(tenantId, 'two')];
    await store.append(tenantId, [blockOf(one, 0, 30), { ...blockOf(two, 0, 30), times: blockOf(two, 1, 30).times }]);
    await damage(tenantId, 'sample_page', 'bytes');
    await store.append(tenantId, [blockOf(one, 100, 5), blockOf(two, 100, 5)]);
    for (let round = 0; round < 2; round += 1) {
      const damages: SeriesDamage[] = [];
      const found = await store.range(tenantId, {}, everything, { onDamage: (told) => damages.push(told) });
      expect(found.map(({ times }) => times.length).toSorted((a, b) => a - b)).toEqual([5, 35]);
      // Which of the two the byte belongs to is up to how they are packed.
      const loser = found.find(({ times }) => times.length === 5)?.series.id;
      const from = loser === one.id ? startAt : startAt + stepMs;
      expect(damages).toEqual([{ series: loser, from, until: from + 29 * stepMs }]);
      await mergerOf(meter).mergeAll({ isFinal: true });
      expect(await countOf(tenantId, 'sample_page', sql`is_damaged`)).toBe(1);
      expect(await countOf(tenantId, 'sample_page', sql`not is_damaged`)).toBe(0);
    }
    expect(meter.value('heliosiq_lake_damaged_total')).toBe(1);
    expect(meter.value('heliosiq_lake_set_aside_total')).toBe(1);
    expect(JSON.stringify(logger.lines)).toContain('sample_page');
  });

  it('serves the rest where a directory is damaged, before and after it met the page', async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    const series = seriesOf(tenantId, 'one');
    await store.append(tenantId, [blockOf(series, 0, 30)]);
    await damage(tenantId, 'sample_page', 'directory');
    await store.append(tenantId, [blockOf(series, 100, 5)]);
    for (let round = 0; round < 2; round += 1) {
      const damages: SeriesDamage[] = [];
      const [points] = await store.range(tenantId, {}, everything, { onDamage: (told) => damages.push(told) });
      expect(points?.times.length).toBe(5);
      expect(damages).toEqual([{ from: startAt, until: startAt + 29 * stepMs }]);
      await mergerOf().mergeAll({ isFinal: true });
    }
    const [summary] = await store.list(tenantId, {});
    expect(summary?.samples).toBe(5);
  });

  it('keeps what is readable of a damaged block when samples join it', async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    const all = Array.from({ length: 9 }, (_, index) => seriesOf(tenantId, `s-${index}`));
    const random = randomOf(3);
    await store.append(
      tenantId,
      all.map((series) => ({ ...blockOf(series, 0, 500), values: Array.from({ length: 500 }, random) })),
    );
    await mergerOf().mergeAll({ isFinal: true });
    await damage(tenantId, 'sample_block', 'bytes');
    await store.append(
      tenantId,
      all.map((series) => blockOf(series, 500, 10)),
    );
    await mergerOf().mergeAll({ isFinal: true });
    const damages: SeriesDamage[] = [];
    const found = await store.range(tenantId, {}, everything, { onDamage: (told) => damages.push(told) });
    expect(found.map(({ times }) => times.length).toSorted((a, b) => a - b)).toEqual([10, ...times(8, 510)]);
    expect(damages.map(({ series }) => series)).toEqual([found.find(({ times }) => times.length === 10)?.series.id]);
    const counted = (await store.list(tenantId, {})).map(({ samples }) => samples).toSorted((a, b) => a - b);
    expect(counted).toEqual([10, ...times(8, 510)]);
  });

  it('finds out anew what it holds when its account of it is damaged', async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    const series = seriesOf(tenantId, 'one');
    await store.append(tenantId, [blockOf(series, 0, 500)]);
    await mergerOf().mergeAll({ isFinal: true });
    await damage(tenantId, 'series_extent', 'extents');
    const expected = { series, firstAt: startAt, lastAt: startAt + 499 * stepMs, samples: 500 };
    expect(await store.list(tenantId, {})).toEqual([expected]);
    await store.append(tenantId, [blockOf(series, 500, 10)]);
    await mergerOf().mergeAll({ isFinal: true });
    expect(await store.list(tenantId, {})).toEqual([{ ...expected, lastAt: startAt + 509 * stepMs, samples: 510 }]);
  });

  it('gives a live fortnight a table of its own, which goes with the last sample in it, and none to others', async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    const series = seriesOf(tenantId, 'clock');
    const liveAt = Date.UTC(2026, 6, 2);
    const times = [-5e12, 0, liveAt, liveAt + 86_400_000, Date.UTC(2100, 0, 1), 9e14];
    await store.append(tenantId, [{ series, times, values: times }]);
    await largeMergerOf(liveAt + 20_000_000).mergeAll({ isFinal: true });
    await store.append(tenantId, [{ series, times: times.map((at) => at + 1), values: times }]);
    await largeMergerOf(liveAt + 20_000_000).mergeAll({ isFinal: true });
    const [points] = await store.range(tenantId, {}, everything);
    expect(Array.from(points?.times ?? [])).toEqual(times.flatMap((at) => [at, at + 1]));
    expect(await weekTables()).toEqual(['sample_block_2026_07_02']);
    await createPostgresSeriesRetention(database).forget(tenantId, { before: liveAt + 30 * 86_400_000 });
    expect(await weekTables()).toEqual([]);
    const [kept] = await store.range(tenantId, {}, everything);
    expect(Array.from(kept?.times ?? [])).toEqual(times.slice(4).flatMap((at) => [at, at + 1]));
  });

  it('goes on in a fortnight whose second week an older version keeps by itself', async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    const series = seriesOf(tenantId, 'older');
    const firstWeek = blockWeekOf(startAt) * weekMs;
    const day = 86_400_000;
    const append = (days: readonly number[]): Promise<void> => {
      const times = days.map((number) => firstWeek + number * day);
      return store.append(tenantId, [{ series, times, values: days }]);
    };
    await append([8, 9, 10]);
    await mergerOf().mergeAll({ isFinal: true });
    await database.asTenant(tenantId, (transaction) =>
      sql`update sample_block set week = week + 1`.execute(transaction),
    );
    await append([1, 2, 9.5, 13]);
    await mergerOf().mergeAll({ isFinal: true });
    await append([3, 11]);
    await mergerOf().mergeAll({ isFinal: true });
    const all = [1, 2, 3, 8, 9, 9.5, 10, 11, 13];
    const [points] = await store.range(tenantId, {}, everything);
    expect(Array.from(points?.values ?? [])).toEqual(all);
    const [some] = await store.range(tenantId, {}, { from: firstWeek + 9 * day, to: firstWeek + 10 * day });
    expect(Array.from(some?.values ?? [])).toEqual([9, 9.5]);
    expect(await store.list(tenantId, {})).toMatchObject([
      { samples: all.length, firstAt: firstWeek + day, lastAt: firstWeek + 13 * day },
    ]);
    await createPostgresSeriesRetention(database).forget(tenantId, { before: firstWeek + 5 * day });
    const [kept] = await store.list(tenantId, {});
    const [left] = await store.range(tenantId, {}, everything);
    expect(kept).toMatchObject({ samples: left?.times.length, firstAt: left?.times[0] });
    expect(Array.from(left?.values ?? []).filter((value) => value > 5)).toEqual(all.filter((value) => value > 5));
  });

  it('makes no table for a live fortnight where there is little', async () => {
    const tenantId = freshTenant();
    const series = seriesOf(tenantId, 'little');
    const liveAt = Date.UTC(2026, 8, 3);
    await createPostgresSeriesStore(database).append(tenantId, [{ series, times: [liveAt], values: [1] }]);
    await mergerOf(createMemoryMeter(), () => liveAt + 20_000_000).mergeAll({ isFinal: true });
    expect(await countOf(tenantId, 'sample_block')).toBe(1);
    expect(await weekTables()).toEqual([]);
  });

  it('leaves the work to another that is at it', async () => {
    const tenantId = freshTenant();
    const store = createPostgresSeriesStore(database);
    await mergerOf().mergeAll({ isFinal: true });
    await store.append(tenantId, [blockOf(seriesOf(tenantId, 'one'), 0, 500)]);
    const both = await Promise.all([mergerOf().mergeAll({ isFinal: true }), mergerOf().mergeAll({ isFinal: true })]);
    expect(both.reduce((sum, worked) => sum + worked, 0)).toBe(1);
    expect(await countOf(tenantId, 'sample_block')).toBe(1);
  });

  async function weekTables(): Promise<string[]> {
    const found = await database.asSystem((transaction) =>
      sql<{ name: string }>`
        select relname as name from pg_class where relkind = 'r' and relname ~ '^sample_block_2'`.execute(transaction),
    );
    return found.rows.map(({ name }) => name);
  }
});

function times<Item>(count: number, item: Item): Item[] {
  return Array.from({ length: count }, () => item);
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function startMerging(url: string): ChildProcess {
  const program = fileURLToPath(new URL('../testing/merge-until-killed.ts', import.meta.url));
  return spawn(process.execPath, [program, url], { stdio: ['ignore', 'pipe', 'inherit'] });
}
