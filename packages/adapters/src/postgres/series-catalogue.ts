import { sql, type Transaction } from 'kysely';
import type { AssetId, SeriesId, SeriesRef, TenantId } from '@heliosiq/model';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import type { SeriesFilter } from '@heliosiq/ports';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

/** The catalogue of series: it makes sure that series exist, and remembers which do. */
export interface SeriesCatalogue {
  /** Creates the rows of unknown series and takes over a changed unit; most calls need no question to the database. */
  ensure(tenantId: TenantId, series: readonly SeriesRef[]): Promise<void>;
  /** Forgets what is known, e.g. when rows turn out to have gone. */
  forget(): void;
}

/** Series remembered as known; the memory starts over when it is full. */
const knownMax = 200_000;

export function createSeriesCatalogue(database: Database): SeriesCatalogue {
  /** The last unit by tenant and series. */
  const known = new Map<string, string | undefined>();

  return {
    async ensure(tenantId, series) {
      const news = series.filter(({ id, unit }) => {
        const key = `${tenantId} ${id}`;
        return !known.has(key) || (unit !== undefined && known.get(key) !== unit);
      });
      if (news.length === 0) return;
      await database.asTenant(tenantId, (transaction) => insert(transaction, tenantId, news));
      if (known.size + news.length > knownMax) known.clear();
      for (const { id, unit } of news) known.set(`${tenantId} ${id}`, unit ?? known.get(`${tenantId} ${id}`));
    },
    forget: () => known.clear(),
  };
}

async function insert(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  series: readonly SeriesRef[],
): Promise<void> {
  const ids = series.map(({ id }) => id);
  // Rows are inserted in the order of their ids, so that concurrent writers of the same series cannot deadlock.
  await sql`
    insert into series as known (tenant_id, id, asset, metric, labels, labels_key, unit)
    select ${tenantId}, news.id, news.asset, news.metric, news.labels::jsonb, news.labels_key, news.unit
      from unnest(
        ${ids}::text[], ${series.map(({ asset }) => asset)}::text[], ${series.map(({ metric }) => metric)}::text[],
        ${series.map(({ labels }) => JSON.stringify(labels))}::text[],
        ${series.map(({ labels }) => canonicalLabels(labels))}::text[],
        ${series.map(({ unit }) => unit ?? null)}::text[]
      ) as news(id, asset, metric, labels, labels_key, unit)
     order by news.id
    on conflict (tenant_id, id) do update set unit = excluded.unit
     where excluded.unit is not null and known.unit is distinct from excluded.unit`.execute(transaction);
  await sql`
    insert into series_head (tenant_id, series_id)
    select ${tenantId}, id from unnest(${ids}::text[]) as news(id) order by id
    on conflict (tenant_id, series_id) do nothing`.execute(transaction);
}

/** A series as the catalogue holds it, with what it holds. */
export interface CatalogueRow {
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
}

/** Series with samples that match, by asset, metric and labels. */
export async function findSeries(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { filter, span, limit }: CatalogueQuestion,
): Promise<readonly CatalogueRow[]> {
  const conditions = [sql`s.tenant_id = ${tenantId}`, sql`h.samples > 0`];
  if (filter.ids !== undefined) conditions.push(sql`s.id = any(${[...filter.ids]}::text[])`);
  if (filter.assets !== undefined) conditions.push(sql`s.asset = any(${[...filter.assets]}::text[])`);
  if (filter.metric !== undefined) conditions.push(sql`s.metric = ${filter.metric}`);
  if (filter.labels !== undefined) conditions.push(sql`s.labels @> ${JSON.stringify(filter.labels)}::jsonb`);
  if (span !== undefined) {
    conditions.push(
      sql`h.first_at <= ${span.until}::double precision`,
      sql`h.last_at >= ${span.from}::double precision`,
    );
  }
  const found = await sql<CatalogueRow>`
    select s.id, s.asset, s.metric, s.labels, s.unit, h.first_at, h.last_at, h.samples
      from series s join series_head h on h.tenant_id = s.tenant_id and h.series_id = s.id
     where ${sql.join(conditions, sql` and `)}
     order by s.asset, s.metric, s.labels_key
     limit ${limit}`.execute(transaction);
  return found.rows;
}

/** The words of a series from its row. */
export function seriesRefOf({ id, asset, metric, labels, unit }: CatalogueRow): SeriesRef {
  return { id, asset, metric, labels, ...(unit !== null && { unit }) };
}
