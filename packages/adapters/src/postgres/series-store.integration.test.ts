import { sql } from 'kysely';
import type { AssetId, DiscreteSignal, SampleBlock, SeriesRef, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase } from '../testing/test-postgres.ts';
import { openDatabase, type Database } from './database.ts';
import { createPostgresSeriesStore } from './series-store.ts';
import { createPostgresSignalStore } from './signal-store.ts';

const acme = 'acme' as TenantId; // a valid slug
const startAt = Date.UTC(2026, 0, 1);
const stepMs = 15_000;

function seriesOf(asset: string): SeriesRef {
  const named = { asset: asset as AssetId, metric: 'm', labels: {} }; // a non-empty name
  return { id: seriesIdOf(acme, named), ...named };
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

  async function chunksOf(series: SeriesRef): Promise<{ chunks: number; samples: number; overlaps: number }> {
    const found = await database.asTenant(acme, (transaction) =>
      sql<{ chunks: number; samples: number; overlaps: number }>`
        select count(*) as chunks, coalesce(sum(samples), 0)::bigint as samples,
               count(*) filter (where start_at <= previous_end) as overlaps
          from (select *, lag(end_at) over (order by start_at) as previous_end
                  from series_chunk where series_id = ${series.id}) as chunk`.execute(transaction),
    );
    return found.rows[0] ?? { chunks: 0, samples: 0, overlaps: 0 };
  }

  it('keeps about a thousand samples a row, however small the appends were', async () => {
    const store = createPostgresSeriesStore(database);
    const series = seriesOf('steady');
    for (let from = 0; from < 4000; from += 20) await store.append(acme, [blockOf(series, from, 20)]);
    const { chunks, samples, overlaps } = await chunksOf(series);
    expect(overlaps).toBe(0);
    expect(chunks).toBe(4);
    expect(samples).toBe(4000);
  });

  it('keeps chunks apart and of usual size when samples arrive last to first', async () => {
    const store = createPostgresSeriesStore(database);
    const series = seriesOf('backwards');
    await store.append(acme, [blockOf(series, 5000, 1000)]);
    for (let from = 4900; from >= 0; from -= 100) await store.append(acme, [blockOf(series, from, 100)]);
    const { chunks, samples, overlaps } = await chunksOf(series);
    expect(overlaps).toBe(0);
    expect(samples).toBe(6000);
    expect(chunks).toBeLessThanOrEqual(12);
    const [points] = await store.range(acme, { ids: [series.id] }, { from: 0, to: startAt + 1e12 });
    expect(Array.from(points?.values ?? [])).toEqual(Array.from({ length: 6000 }, (_, index) => index));
  });

  it('takes less than two bytes for a sample of a steady series', async () => {
    const store = createPostgresSeriesStore(database);
    const series = seriesOf('small');
    await store.append(acme, [blockOf(series, 0, 50_000)]);
    const found = await database.asTenant(acme, (transaction) =>
      sql<{ bytes: number }>`
        select sum(pg_column_size(chunk.*)) as bytes from series_chunk chunk where series_id = ${series.id}`.execute(
        transaction,
      ),
    );
    expect(Number(found.rows[0]?.bytes) / 50_000).toBeLessThan(2);
  });

  it('shows every reader a gapless beginning of the series while it grows and is sealed', async () => {
    const store = createPostgresSeriesStore(database);
    const series = seriesOf('growing');
    let isDone = false;
    const writing = (async () => {
      for (let from = 0; from < 6000; from += 150) await store.append(acme, [blockOf(series, from, 150)]);
      isDone = true;
    })();
    let reads = 0;
    while (!isDone) {
      const [points] = await store.range(acme, { ids: [series.id] }, { from: 0, to: startAt + 1e12 });
      const values = Array.from(points?.values ?? []);
      expect(values).toEqual(values.map((_, index) => index));
      expect(values.length % 150).toBe(0);
      reads += 1;
    }
    await writing;
    expect(reads).toBeGreaterThan(1);
  });

  it('goes on when somebody removed a series that it knew', async () => {
    const store = createPostgresSeriesStore(database);
    const series = seriesOf('removed');
    await store.append(acme, [blockOf(series, 0, 10)]);
    await database.asTenant(acme, async (transaction) => {
      await sql`delete from series_head where series_id = ${series.id}`.execute(transaction);
      await sql`delete from series where id = ${series.id}`.execute(transaction);
    });
    await store.append(acme, [blockOf(series, 10, 5), blockOf(seriesOf('another'), 0, 5)]);
    const [summary] = await store.list(acme, { ids: [series.id] });
    expect(summary).toMatchObject({ series, samples: 5 });
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
