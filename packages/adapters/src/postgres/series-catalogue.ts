import { sql, type Transaction } from 'kysely';
import type { AssetId, SeriesId, SeriesRef, TenantId } from '@heliosiq/model';
import type { SeriesFilter } from '@heliosiq/ports';
import { arrayLiteral } from './array-literal.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import { addSeriesRows, findSeriesRows, isNews } from './series-rows.ts';

/** The catalogue of series: it makes sure that series exist, and remembers which do. */
export interface SeriesCatalogue {
  /** Creates what rows series lack and takes over a changed unit; series that were given before cost no question. */
  ensure(tenantId: TenantId, series: readonly SeriesRef[]): Promise<void>;
  /** Forgets what is known, e.g. when rows turn out to have gone. */
  forget(): void;
}

/** Series of one statement at most. */
const statementSeriesMax = 5000;

export function createSeriesCatalogue(database: Database): SeriesCatalogue {
  // Series are known as objects: who appends often hands in the same ones, and a key of text for each would cost more.
  let known = new WeakSet<SeriesRef>();

  return {
    async ensure(tenantId, series) {
      const unknown = series.filter((one) => !known.has(one));
      for (let start = 0; start < unknown.length; start += statementSeriesMax) {
        const some = unknown.slice(start, start + statementSeriesMax);
        await database.asTenant(tenantId, (transaction) => ensureRows(transaction, tenantId, some));
        for (const one of some) known.add(one);
      }
    },
    forget() {
      known = new WeakSet();
    },
  };
}

async function ensureRows(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  series: readonly SeriesRef[],
): Promise<void> {
  const ids = series.map(({ id }) => id);
  const rows = await findSeriesRows(transaction, tenantId, ids);
  const news = series.filter((one) => isNews(one, rows.get(one.id)));
  if (news.length > 0) await addSeriesRows(transaction, tenantId, news);
  await sql`
    insert into series_head (tenant_id, series_id)
    select ${tenantId}, news.id from unnest(${arrayLiteral(ids)}::text[]) as news(id)
     where not exists (select from series_head h where h.tenant_id = ${tenantId} and h.series_id = news.id)
     order by news.id
    on conflict (tenant_id, series_id) do nothing`.execute(transaction);
}

/** A series as the catalogue holds it, with what it holds. */
export interface CatalogueRow {
  readonly ref: number;
  readonly id: SeriesId;
  readonly asset: AssetId;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: string | null;
  readonly first_at: number;
  readonly last_at: number;
  readonly samples: number;
}

export interface CatalogueQuestion {
  readonly filter: SeriesFilter;
  /** Series whose samples end before or begin after this are left out; milliseconds since the epoch, both inclusive. */
  readonly span?: { readonly from: number; readonly until: number };
  readonly limit: number;
  /** Only series with a larger number, and in the order of their numbers instead of their names. */
  readonly afterRef?: number;
}

/** Series with samples that match, by asset, metric and labels. */
export async function findSeries(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { filter, span, limit, afterRef }: CatalogueQuestion,
): Promise<readonly CatalogueRow[]> {
  const conditions = [sql`s.tenant_id = ${tenantId}`, sql`h.samples > 0`];
  if (filter.ids !== undefined) {
    const ids = arrayLiteral(filter.ids);
    // Said of both tables, so that neither is read whole.
    conditions.push(sql`s.id = any(${ids}::text[])`, sql`h.series_id = any(${ids}::text[])`);
  }
  if (filter.assets !== undefined) conditions.push(sql`s.asset = any(${[...filter.assets]}::text[])`);
  if (filter.metric !== undefined) conditions.push(sql`s.metric = ${filter.metric}`);
  if (filter.labels !== undefined) conditions.push(sql`s.labels @> ${JSON.stringify(filter.labels)}::jsonb`);
  if (span !== undefined) {
    conditions.push(
      sql`h.first_at <= ${span.until}::double precision`,
      sql`h.last_at >= ${span.from}::double precision`,
    );
  }
  if (afterRef !== undefined) conditions.push(sql`s.ref > ${afterRef}`);
  const order = afterRef === undefined ? sql`s.asset, s.metric, s.labels_key` : sql`s.ref`;
  const found = await sql<CatalogueRow>`
    select s.ref, s.id, s.asset, s.metric, s.labels, s.unit, h.first_at, h.last_at, h.samples
      from series s join series_head h on h.tenant_id = s.tenant_id and h.series_id = s.id
     where ${sql.join(conditions, sql` and `)}
     order by ${order}
     limit ${limit}`.execute(transaction);
  return found.rows;
}

/** The words of a series from its row. */
export function seriesRefOf({
  id,
  asset,
  metric,
  labels,
  unit,
}: Pick<CatalogueRow, 'id' | 'asset' | 'metric' | 'labels' | 'unit'>): SeriesRef {
  return { id, asset, metric, labels, ...(unit !== null && { unit }) };
}
