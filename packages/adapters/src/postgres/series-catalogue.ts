import { sql, type RawBuilder, type Transaction } from 'kysely';
import {
  HeliosError,
  type AssetId,
  type SampleBlock,
  type SeriesId,
  type SeriesRef,
  type TenantId,
} from '@heliosiq/model';
import type { SeriesFilter } from '@heliosiq/ports';
import { arrayLiteral } from './array-literal.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import type { SeriesMemory } from './series-memory.ts';
import { addSeriesRows, findSeriesRows, isNews, knownSeriesOf, refuseNul, seriesIdText } from './series-rows.ts';

/** The catalogue of series: it makes sure that series exist, and remembers their numbers. */
export interface SeriesCatalogue {
  /**
   * The numbers of the blocks' series, in the blocks' order. Creates what rows series lack and takes over a changed unit, of
   * several the last; series that were given before cost no question.
   */
  ensure(tenantId: TenantId, blocks: readonly SampleBlock[]): Promise<Float64Array>;
}

/** Series of one statement at most. */
const statementSeriesMax = 5000;

export function createSeriesCatalogue(database: Database, memory: SeriesMemory): SeriesCatalogue {
  return {
    async ensure(tenantId, blocks) {
      const refs = new Float64Array(blocks.length);
      const unknown = new Map<string, SeriesRef>();
      for (let index = 0; index < blocks.length; index += 1) {
        const series = blocks[index]?.series;
        if (series === undefined) continue;
        const ref = memory.find(tenantId, series)?.ref;
        refs[index] = ref ?? 0;
        if (ref !== undefined) continue;
        const earlier = unknown.get(series.id);
        unknown.set(series.id, series.unit === undefined && earlier !== undefined ? earlier : series);
      }
      if (unknown.size === 0) return refs;
      const found = await addUnknown(tenantId, [...unknown.values()]);
      for (const [index, { series }] of blocks.entries()) {
        if (refs[index] !== 0) continue;
        const ref = found.get(series.id);
        if (ref === undefined) throw new HeliosError('unavailable', 'A series was removed while samples of it came');
        refs[index] = ref;
      }
      return refs;
    },
  };

  /** The numbers of series that were not known here, by their ids. */
  async function addUnknown(tenantId: TenantId, series: readonly SeriesRef[]): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (let start = 0; start < series.length; start += statementSeriesMax) {
      const some = series.slice(start, start + statementSeriesMax);
      const rows = await database.asTenant(tenantId, (transaction) => ensureRows(transaction, tenantId, some));
      for (const one of some) {
        const row = rows.get(one.id);
        if (row === undefined) continue;
        found.set(row.id, row.ref);
        memory.remember(knownSeriesOf(tenantId, one, row));
      }
    }
    return found;
  }
}

async function ensureRows(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  series: readonly SeriesRef[],
): ReturnType<typeof findSeriesRows> {
  const ids = series.map(({ id }) => id);
  const rows = await findSeriesRows(transaction, tenantId, ids);
  const news = series.filter((one) => isNews(one, rows.get(one.id)));
  if (news.length === 0) return rows;
  const written = await addSeriesRows(transaction, tenantId, news);
  return new Map([...rows, ...written.map((row) => [row.id, row] as const)]);
}

/** A series as the catalogue has it. */
export interface CatalogueRow {
  readonly ref: number;
  readonly id: SeriesId;
  readonly asset: AssetId;
  readonly metric: string;
  readonly labels_key: string;
  readonly unit: string | null;
}

export interface CatalogueQuestion {
  readonly filter: SeriesFilter;
  readonly limit: number;
  /** By the names (asset, metric, labels), or by the numbers. */
  readonly order: 'names' | 'refs';
  /** Only series that come after this one. */
  readonly after?: CatalogueRow | undefined;
}

/** Series that match, with samples or without. */
export async function findSeries(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { filter, limit, order, after }: CatalogueQuestion,
): Promise<readonly CatalogueRow[]> {
  const conditions = [sql`tenant_id = ${tenantId}`];
  if (filter.ids !== undefined) conditions.push(sql`id = any(${arrayLiteral(filter.ids)}::uuid[])`);
  if (filter.assets !== undefined) conditions.push(sql`asset = any(${[...filter.assets]}::text[])`);
  if (filter.metric !== undefined) conditions.push(sql`metric = ${filter.metric}`);
  for (const pair of Object.entries(filter.labels ?? {})) conditions.push(hasLabel(pair));
  if (after !== undefined) {
    conditions.push(
      order === 'refs'
        ? sql`ref > ${after.ref}`
        : sql`(asset, metric, labels_key) > (${after.asset}, ${after.metric}, ${after.labels_key})`,
    );
  }
  const found = await sql<CatalogueRow>`
    select ref, ${seriesIdText} as id, asset, metric, labels_key, unit from series
     where ${sql.join(conditions, sql` and `)}
     order by ${order === 'refs' ? sql`ref` : sql`asset, metric, labels_key`}
     limit ${limit}`.execute(transaction);
  return found.rows;
}

/**
 * Whether the text of the labels holds a pair. A pair's own text is in it when the pair is, and else only where a name begins with
 * what follows a text in JSON: then the pairs are looked at one by one.
 */
function hasLabel(pair: readonly [name: string, value: string]): RawBuilder<unknown> {
  refuseNul(pair);
  const text = JSON.stringify(pair);
  const isThere = sql`strpos(labels_key, ${text}) > 0`;
  if (!/^[,\]]/.test(pair[0])) return isThere;
  return sql`(${isThere} and exists (
    select from jsonb_array_elements(labels_key::jsonb) as own(pair) where own.pair = ${text}::jsonb))`;
}

/** The words of a series from its row. */
export function seriesRefOf({
  id,
  asset,
  metric,
  labels_key: labelsKey,
  unit,
}: Pick<CatalogueRow, 'id' | 'asset' | 'metric' | 'labels_key' | 'unit'>): SeriesRef {
  // The text is what `canonicalLabels` made of labels.
  const labels = Object.fromEntries(JSON.parse(labelsKey) as [string, string][]);
  return { id, asset, metric, labels, ...(unit !== null && { unit }) };
}
