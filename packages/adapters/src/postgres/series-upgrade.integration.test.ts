import { sql, Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { Pool } from 'pg';
import type { AssetId, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryLogger } from '../memory/logger.ts';
import { createMemoryMeter } from '../memory/meter.ts';
import { openTestDatabase } from '../testing/test-postgres.ts';
import { openDatabase } from './database.ts';
import { migrations } from './migrations/migrations.ts';
import { createPostgresSeriesChanges } from './series-changes.ts';
import { createSeriesMerger } from './series-merger.ts';
import { createPostgresSeriesStore } from './series-store.ts';
import { createStatementNames } from './statement-names.ts';
import { everyTenant, tenantDialect } from './tenant-dialect.ts';

const acme = 'acme' as TenantId; // a valid slug
const startAt = Date.UTC(2026, 0, 1);
const startDay = startAt / 86_400_000;

/** Frames as programs before the pages wrote them: four, three and one sample. */
const sealed = '130480a0d5edee66987502ac022496c19c1a';
const head = [
  '1003c0c9dcedee66010e3ad453179fdccccccccccccdd3b6ccccccccccccfc1fdfeaaaaaaaaaaaaa80',
  '1301a09ee0edee66000e',
].join('');

describe('a database of before', () => {
  const opened = new AsyncDisposableStack();
  let url: string;
  beforeEach(async () => {
    ({ url } = opened.use(await openTestDatabase()));
  });
  afterAll(() => opened.disposeAsync());

  it('has the same samples in pages after the program was brought up to date, and goes on from there', async () => {
    const named = { asset: 'pump' as AssetId, metric: 'm', labels: { zone: 'a' } }; // a non-empty name
    const series = { id: seriesIdOf(acme, named), ...named };
    const pool = new Pool({ connectionString: url });
    const old = await databaseAt(pool, '0008_series_ref');
    await old.transaction().execute(async (transaction) => {
      await sql`
        insert into series (tenant_id, id, asset, metric, labels, labels_key)
        values (${acme}, ${series.id}, 'pump', 'm', '{"zone":"a"}', '[["zone","a"]]')`.execute(transaction);
      await sql`
        insert into series_chunk (tenant_id, series_id, start_at, end_at, samples, bytes)
        values (${acme}, ${series.id}, ${startAt}, ${startAt + 45_000}, 4, ${Buffer.from(sealed, 'hex')})`.execute(
        transaction,
      );
      await sql`
        insert into series_head (tenant_id, series_id, first_at, last_at, samples, sealed_until, head_from, head_samples,
                                 head_frames, bytes)
        values (${acme}, ${series.id}, ${startAt}, ${startAt + 90_000}, 8, ${startAt + 45_000}, ${startAt + 60_000}, 4, 2,
                ${Buffer.from(head, 'hex')})`.execute(transaction);
    });
    await pool.end();

    await using database = await openDatabase({ url });
    const store = createPostgresSeriesStore(database);
    const expected = [0, 15_000, 30_000, 45_000, 60_000, 60_007, 75_000, 90_000].map((after) => startAt + after);
    const values = [1.5, 2.25, -3, 2.25, 0.1, 1 / 3, -0, 7];
    const everything = { from: -Infinity, to: Infinity };
    expect(await store.range(acme, {}, everything)).toEqual([
      { series, times: Float64Array.from(expected), values: Float64Array.from(values) },
    ]);
    await store.append(acme, [{ series, times: [startAt + 105_000], values: [8] }]);
    await createSeriesMerger({ database, logger: createMemoryLogger(), meter: createMemoryMeter() }).mergeAll({
      isFinal: true,
    });
    expect(await store.range(acme, {}, everything)).toEqual([
      { series, times: Float64Array.of(...expected, startAt + 105_000), values: Float64Array.of(...values, 8) },
    ]);
    expect(await store.list(acme, {})).toMatchObject([{ samples: 9, firstAt: startAt, lastAt: startAt + 105_000 }]);
  });

  it('still knows which days were written to, and tells those that are written to again apart', async () => {
    const pool = new Pool({ connectionString: url });
    const old = await databaseAt(pool, '0022_state_rows');
    await old.transaction().execute(async (transaction) => {
      await sql`insert into sample_change (tenant_id, page_group, day, hours, written_at) values (${acme}, 0, ${startDay}, 6, 7)`.execute(
        transaction,
      );
    });
    await pool.end();

    await using database = await openDatabase({ url });
    const changes = createPostgresSeriesChanges(database);
    const before = await changes.changed(acme, { limit: 10, until: Infinity });
    expect(before).toMatchObject([{ from: startAt + 3_600_000, to: startAt + 3 * 3_600_000 }]);
    const named = { asset: 'pump' as AssetId, metric: 'm', labels: {} }; // a non-empty name
    const series = { id: seriesIdOf(acme, named), ...named };
    await createPostgresSeriesStore(database).append(acme, [{ series, times: [startAt], values: [8] }]);
    await changes.settle(acme, before);
    const after = await changes.changed(acme, { limit: 10, until: Infinity });
    expect(after).toMatchObject([{ from: startAt, to: startAt + 3 * 3_600_000, series: [series.id] }]);
    await changes.settle(acme, after);
    expect(await changes.changed(acme, { limit: 10, until: Infinity })).toEqual([]);
  });
});

/** A database as a program of before left it, to be worked on over all tenants. */
async function databaseAt(pool: Pool, step: string): Promise<Kysely<unknown>> {
  const db = new Kysely<unknown>({ dialect: tenantDialect(pool, everyTenant, createStatementNames()) });
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } });
  const { error } = await migrator.migrateTo(step);
  expect(error).toBeUndefined();
  return db;
}
