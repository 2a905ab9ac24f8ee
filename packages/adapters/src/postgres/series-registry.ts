import { sql } from 'kysely';
import type { SeriesRef, TenantId } from '@heliosiq/model';
import type { SeriesRegistry } from '@heliosiq/ports';
import { arrayLiteral } from './array-literal.ts';
import type { Database } from './database.ts';
import { seriesRefOf } from './series-catalogue.ts';
import { createSeriesMemory } from './series-memory.ts';
import {
  addNewSeriesRows,
  addSeriesRows,
  findSeriesRows,
  isNews,
  knownSeriesOf,
  seriesIdText,
  type SeriesRow,
} from './series-rows.ts';

/** Series of one statement at most. */
const statementSeriesMax = 5000;

/** A count is asked for again after this. */
const countKeptMs = 10_000;

interface KnownCount {
  count: number;
  countedAt: number;
}

/** A series registry on PostgreSQL; series that were asked for lately are remembered and cost no question. */
export function createPostgresSeriesRegistry(database: Database, memory = createSeriesMemory()): SeriesRegistry {
  /** Series that this process has added, by tenant: a count in memory grows with them. */
  const added = new Map<TenantId, number>();
  const counts = new Map<TenantId, KnownCount>();
  /** Tenants of whose unknown series none had a row the last time. */
  const growing = new Set<TenantId>();

  function noteRows(tenantId: TenantId, series: readonly SeriesRef[], rows: ReadonlyMap<string, SeriesRow>): void {
    for (const one of series) {
      const row = rows.get(one.id);
      if (row !== undefined) memory.remember(knownSeriesOf(tenantId, one, row));
    }
  }

  /** Remembers the series that have a number; adds at most `newMax` that have none. Returns how many were added. */
  async function registerSome(tenantId: TenantId, series: readonly SeriesRef[], newMax: number): Promise<number> {
    if (series.length <= newMax && growing.has(tenantId)) {
      const rows = await addNewSeriesRows(database, tenantId, series);
      if (rows !== undefined) {
        noteRows(tenantId, series, byId(rows));
        return rows.length;
      }
      growing.delete(tenantId);
    }
    let news = 0;
    const rows = await database.asTenant(tenantId, async (transaction) => {
      const before = await findSeriesRows(
        transaction,
        tenantId,
        series.map(({ id }) => id),
      );
      news = 0;
      const changed = series.filter((one) => {
        if (before.has(one.id)) return isNews(one, before.get(one.id));
        news += 1;
        return news <= newMax;
      });
      news = Math.min(news, newMax);
      if (before.size === 0) growing.add(tenantId);
      if (changed.length === 0) return before;
      return byId([...before.values(), ...(await addSeriesRows(transaction, tenantId, changed))]);
    });
    noteRows(tenantId, series, rows);
    return news;
  }

  return {
    async register(tenantId, series, { newMax = Infinity } = {}) {
      // Of several entries of one series the last unit counts.
      const unknown = new Map<string, SeriesRef>();
      for (const one of series) {
        if (memory.find(tenantId, one) !== undefined) continue;
        const earlier = unknown.get(one.id);
        unknown.set(one.id, one.unit === undefined && earlier !== undefined ? earlier : one);
      }
      let room = newMax;
      for (const some of parts([...unknown.values()])) {
        const news = await registerSome(tenantId, some, room);
        added.set(tenantId, (added.get(tenantId) ?? 0) + news);
        room -= news;
      }
      const refs = series.map(({ id }) => memory.refOf(tenantId, id));
      if (refs.every((ref) => ref !== undefined)) return refs;
      // Some were beyond the limit, or more came at once than are remembered.
      const found = new Map<string, number>();
      for (const some of parts(series)) {
        const ids = some.map(({ id }) => id);
        const rows = await database.asTenant(tenantId, (transaction) => findSeriesRows(transaction, tenantId, ids));
        for (const { id, ref } of rows.values()) found.set(id, ref);
      }
      return series.map(({ id }) => found.get(id) ?? 0);
    },

    async describe(tenantId, refs) {
      const described = new Map<number, SeriesRef>();
      const unknown: number[] = [];
      for (const ref of refs) {
        const known = memory.ofRef(ref);
        if (known === undefined) unknown.push(ref);
        else if (known.tenantId === tenantId) described.set(ref, known.series);
      }
      for (const some of parts(unknown.filter((ref) => Number.isSafeInteger(ref)))) {
        const found = await database.asTenant(tenantId, (transaction) =>
          sql<Parameters<typeof seriesRefOf>[0] & { readonly ref: number }>`
            select found.* from unnest(${arrayLiteral(some)}::bigint[]) as wanted(ref)
             cross join lateral (
               select ref, ${seriesIdText} as id, asset, metric, labels_key, unit from series
                where tenant_id = ${tenantId} and ref = wanted.ref limit 1
             ) as found`.execute(transaction),
        );
        for (const row of found.rows) {
          const series = seriesRefOf(row);
          memory.remember({ tenantId, ref: row.ref, series });
          described.set(row.ref, series);
        }
      }
      return described;
    },

    async count(tenantId) {
      const addedBefore = added.get(tenantId) ?? 0;
      const known = counts.get(tenantId);
      if (known !== undefined && performance.now() - known.countedAt < countKeptMs) return known.count + addedBefore;
      const found = await database.asTenant(tenantId, (transaction) =>
        sql<{ series: number }>`select count(*) as series from series where tenant_id = ${tenantId}`.execute(
          transaction,
        ),
      );
      // What was added during the count is counted on top, in it or not: too many rather than too few.
      const count = (found.rows[0]?.series ?? 0) - addedBefore;
      counts.set(tenantId, { count, countedAt: performance.now() });
      return count + (added.get(tenantId) ?? 0);
    },
  };
}

function byId(rows: readonly SeriesRow[]): ReadonlyMap<string, SeriesRow> {
  return new Map(rows.map((row) => [row.id, row]));
}

function* parts<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let start = 0; start < items.length; start += statementSeriesMax) {
    yield items.slice(start, start + statementSeriesMax);
  }
}
