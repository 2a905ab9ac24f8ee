import { sql } from 'kysely';
import type { AssetId, SampleBlock, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { freshTenant } from '@heliosiq/ports/conformance/fresh-tenant.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryLogger } from '../memory/logger.ts';
import { createMemoryMeter } from '../memory/meter.ts';
import { randomOf } from '../testing/random-numbers.ts';
import { openTestDatabase } from '../testing/test-postgres.ts';
import { openDatabase, type Database } from './database.ts';
import { createSeriesMerger, type SeriesMerger } from './series-merger.ts';
import { createPostgresSeriesStore } from './series-store.ts';

const startAt = Date.UTC(2026, 0, 1);
const everything = { from: -Infinity, to: Infinity };

/** Values that no coding makes small. */
function noise(tenantId: TenantId, count: number): SampleBlock[] {
  const random = randomOf(5);
  return Array.from({ length: 20 }, (_, index) => {
    const named = { asset: `noise-${index}` as AssetId, metric: 'm', labels: {} }; // a non-empty name
    const numbers = Array.from({ length: count }, (_unused, place) => place);
    return {
      series: { id: seriesIdOf(tenantId, named), ...named },
      times: numbers.map((number) => startAt + number * 15_000),
      values: numbers.map(() => random()),
    };
  });
}

describe('small tables of samples', () => {
  let opened: AsyncDisposableStack;
  let database: Database;
  let tenantId: TenantId;
  let merger: SeriesMerger;
  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    const { url } = opened.use(await openTestDatabase());
    database = opened.use(await openDatabase({ url }));
    // The server's own vacuum would come between at any moment.
    await database.asSystem(async (transaction) => {
      for (const table of ['series', 'series_extent', 'sample_page', 'sample_change', 'sample_block_other']) {
        await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(transaction);
      }
      await sql`alter table sample_page set (toast.autovacuum_enabled = false)`.execute(transaction);
      await sql`alter table sample_block_other set (toast.autovacuum_enabled = false)`.execute(transaction);
    });
    tenantId = freshTenant();
    merger = createSeriesMerger({ database, logger: createMemoryLogger(), meter: createMemoryMeter() });
  });
  afterEach(() => opened.disposeAsync());

  async function pageBytes(): Promise<number> {
    const found = await database.asSystem((transaction) =>
      sql<{ bytes: number }>`select pg_total_relation_size('sample_page')::bigint as bytes`.execute(transaction),
    );
    return found.rows[0]?.bytes ?? 0;
  }

  it('give back the room of what has moved on, and hold the same samples', async () => {
    const store = createPostgresSeriesStore(database);
    const blocks = noise(tenantId, 1500);
    await store.append(tenantId, blocks);
    await merger.mergeAll({ isFinal: true });
    const before = await pageBytes();
    const freed = await merger.packTables();
    const after = await pageBytes();
    expect(before).toBeGreaterThan(150_000);
    expect(after).toBeLessThan(40_000);
    expect(freed).toBeGreaterThanOrEqual(before - after);
    const found = await store.range(tenantId, {}, everything);
    expect(found.map(({ values }) => Array.from(values))).toEqual(
      found.map(({ series }) => blocks.find((block) => block.series.id === series.id)?.values),
    );
    expect(found).toHaveLength(20);
    // What did not grow is not written again.
    expect(await merger.packTables()).toBe(0);
  });

  it('are seen by whoever began before as they were', async () => {
    await createPostgresSeriesStore(database).append(tenantId, noise(tenantId, 1500));
    await database.withClient(tenantId, async (client) => {
      await client.query('set transaction isolation level repeatable read, read only');
      await client.query('select count(*) from series');
      await merger.mergeAll({ isFinal: true });
      await merger.packTables();
      const pages = await client.query<{ samples: number }>('select sum(samples)::bigint as samples from sample_page');
      const blocks = await client.query<{ rows: number }>('select count(*) as rows from sample_block');
      expect(pages.rows).toEqual([{ samples: 30_000 }]);
      expect(blocks.rows).toEqual([{ rows: 0 }]);
    });
  });

  it('are left for the next time while somebody is at them', async () => {
    await createPostgresSeriesStore(database).append(tenantId, noise(tenantId, 1500));
    await merger.mergeAll({ isFinal: true });
    const before = await pageBytes();
    await database.withClient(tenantId, async (client) => {
      await client.query('select count(*) from sample_page');
      await merger.packTables();
      expect(await pageBytes()).toBe(before);
    });
    await merger.packTables();
    expect(await pageBytes()).toBeLessThan(before);
  });
});
