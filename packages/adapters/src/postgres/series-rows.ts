import { sql, type RawBuilder, type Transaction } from 'kysely';
import { HeliosError, type SeriesId, type SeriesRef, type TenantId } from '@heliosiq/model';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import { arrayLiteral, textArrayLiteral } from './array-literal.ts';
import type { Database } from './database.ts';
import { errorCodeOf } from './database-errors.ts';
import type { Schema } from './schema.ts';
import type { KnownSeries } from './series-memory.ts';

/** The id of a row of `series` as it is written everywhere else. */
export const seriesIdText = sql<SeriesId>`encode(uuid_send(id), 'hex')`;

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
  // The limit makes it one look into the index for each id: what the planner knows of a table that has just been filled
  // would make it read all rows instead.
  const found = await sql<SeriesRow>`
    select wanted.id, found.ref, found.unit
      from unnest(${arrayLiteral(ids)}::text[]) as wanted(id)
     cross join lateral (
       select ref, unit from series where tenant_id = ${tenantId} and id = wanted.id::uuid limit 1
     ) as found`.execute(transaction);
  return new Map(found.rows.map((row) => [row.id, row]));
}

/** NUL as JSON has it; a backslash before it may take it back. */
const nulInJson = String.raw`\u0000`;

/** No text in PostgreSQL has a NUL, and labels are no exception: throws `invalid-request`. */
export function refuseNul(texts: readonly string[]): void {
  if (!texts.some((text) => text.includes('\0'))) return;
  throw new HeliosError('invalid-request', 'A label holds a NUL character', {
    field: 'labels',
    cure: 'Leave the NUL character out.',
  });
}

/** A series as its row has it; of equal texts those of the row are kept, which are in no longer text. */
export function knownSeriesOf(
  tenantId: TenantId,
  { asset, metric, labels }: SeriesRef,
  { id, ref, unit }: SeriesRow,
): KnownSeries {
  // The row was found by the id of a series, which it repeats.
  const seriesId = id as SeriesId;
  return { tenantId, ref, series: { id: seriesId, asset, metric, labels, ...(unit !== null && { unit }) } };
}

/** Whether a series has no row yet, or one with another unit. */
export function isNews(series: SeriesRef, row: SeriesRow | undefined): boolean {
  return row === undefined || (series.unit !== undefined && series.unit !== row.unit);
}

/**
 * Adds the rows of unknown series, takes over changed units, and returns the rows of all. Rows are written in the order of
 * their names, so that concurrent writers of the same series cannot deadlock. A series is given once.
 */
export async function addSeriesRows(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  series: readonly SeriesRef[],
): Promise<readonly SeriesRow[]> {
  const written = await writeRows(transaction, tenantId, { series, onKnown: takeUnit });
  if (written.length === series.length) return written;
  // Another process added some of them a moment ago, with the same unit: their rows are not returned.
  const rows = await findSeriesRows(
    transaction,
    tenantId,
    series.map(({ id }) => id),
  );
  return [...rows.values()];
}

/**
 * The rows of series of which none is expected to have one, in a transaction of its own: half the work of looking for them first.
 * Undefined when one has a row already; nothing is written then.
 */
export async function addNewSeriesRows(
  database: Database,
  tenantId: TenantId,
  series: readonly SeriesRef[],
): Promise<readonly SeriesRow[] | undefined> {
  try {
    return await database.asTenant(tenantId, (transaction) =>
      writeRows(transaction, tenantId, { series, onKnown: sql`` }),
    );
  } catch (error) {
    if (errorCodeOf(error) === uniqueViolation) return undefined;
    throw error;
  }
}

const uniqueViolation = '23505';

/** What becomes of a row that is there already: its unit changes, and only a row that changed is returned. */
const takeUnit = sql`
    on conflict (tenant_id, id) do update set unit = excluded.unit
     where excluded.unit is not null and known.unit is distinct from excluded.unit`;

/** Inserts rows in the order of their names. */
async function writeRows(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { series, onKnown }: { readonly series: readonly SeriesRef[]; readonly onKnown: RawBuilder<unknown> },
): Promise<readonly SeriesRow[]> {
  // JSON has no line feed in it but as an escape: such texts need no quoting of their own.
  const keys = series.map((one) => canonicalLabels(one.labels)).join('\n');
  if (keys.includes(nulInJson)) for (const { labels } of series) refuseNul(Object.entries(labels).flat());
  const written = await sql<SeriesRow>`
    insert into series as known (tenant_id, id, asset, metric, labels_key, unit)
    select ${tenantId}, news.id, news.asset, news.metric, news.labels_key, news.unit
      from unnest(
        ${arrayLiteral(series.map(({ id }) => id))}::uuid[], ${textArrayLiteral(series.map(({ asset }) => asset))}::text[],
        ${textArrayLiteral(series.map(({ metric }) => metric))}::text[],
        string_to_array(${keys}, E'\\n'), ${textArrayLiteral(series.map(({ unit }) => unit ?? null))}::text[]
      ) as news(id, asset, metric, labels_key, unit)
     order by news.asset, news.metric, news.labels_key
    ${onKnown}
    returning ${seriesIdText} as id, ref, unit`.execute(transaction);
  return written.rows;
}
