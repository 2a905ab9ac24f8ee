import { sql, type Transaction } from 'kysely';
import type { SeriesRef, TenantId } from '@heliosiq/model';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import { arrayLiteral } from './array-literal.ts';
import type { Schema } from './schema.ts';

/** What a series' row says besides its name. */
export interface SeriesRow {
  readonly id: string;
  readonly ref: number;
  readonly unit: string | null;
}

/** The rows of series by id; unknown ids are absent. */
export async function findSeriesRows(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SeriesRow>> {
  const found = await sql<SeriesRow>`
    select id, ref, unit from series
     where tenant_id = ${tenantId} and id = any(${arrayLiteral(ids)}::text[])`.execute(transaction);
  return new Map(found.rows.map((row) => [row.id, row]));
}

/** Whether a series has no row yet, or one with another unit. */
export function isNews(series: SeriesRef, row: SeriesRow | undefined): boolean {
  return row === undefined || (series.unit !== undefined && series.unit !== row.unit);
}

/**
 * Adds the rows of unknown series and takes over changed units. Rows are written in the order of their ids, so that
 * concurrent writers of the same series cannot deadlock. A series is given once.
 */
export async function addSeriesRows(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  series: readonly SeriesRef[],
): Promise<void> {
  await sql`
    insert into series as known (tenant_id, id, asset, metric, labels, labels_key, unit)
    select ${tenantId}, news.id, news.asset, news.metric, news.labels::jsonb, news.labels_key, news.unit
      from unnest(
        ${arrayLiteral(series.map(({ id }) => id))}::text[], ${series.map(({ asset }) => asset)}::text[],
        ${series.map(({ metric }) => metric)}::text[], ${series.map(({ labels }) => JSON.stringify(labels))}::text[],
        ${series.map(({ labels }) => canonicalLabels(labels))}::text[],
        ${series.map(({ unit }) => unit ?? null)}::text[]
      ) as news(id, asset, metric, labels, labels_key, unit)
     order by news.id
    on conflict (tenant_id, id) do update set unit = excluded.unit
     where excluded.unit is not null and known.unit is distinct from excluded.unit`.execute(transaction);
}
