import { sql, type Transaction } from 'kysely';
import type { DiscreteSignal, TenantId } from '@heliosiq/model';
import type { KeptKind, KeptSize, LakeFigures } from '@heliosiq/ports';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

/** Rows of signals that are looked at to tell their kinds apart; of more a part is drawn. */
const signalRowsMax = 200_000;

/** Which tables hold what, by the beginning of their names. */
const tablesOf: readonly { readonly kind: KeptKind; readonly form: string }[] = [
  { kind: 'sample', form: '^(series|sample|silver)(_|$)' },
  { kind: 'rollup', form: '^(rollup|gold)(_|$)' },
];

interface TableRow {
  readonly name: string;
  readonly bytes: number;
  /** Whether the table has rows of bytes, which weigh more than the others. */
  readonly has_payload: boolean;
}

interface SignalRow {
  readonly is_own: boolean;
  readonly kind: DiscreteSignal['kind'];
  readonly items: number;
  readonly weight: number;
  readonly oldest_at: number;
  readonly newest_at: number;
}

/**
 * Sizes from PostgreSQL's own books: whole tables with their indexes, of which a tenant has the share of its data. What is
 * stored out of line is not read for it.
 */
export function createPostgresLakeFigures(database: Database): LakeFigures {
  return {
    sizes: (tenantId) =>
      database.asSystem(async (transaction) => {
        const sizes: KeptSize[] = [];
        for (const { kind, form } of tablesOf) {
          const tables = await findTables(transaction, form);
          let bytes = 0;
          for (const table of tables) bytes += table.bytes * (await shareOf(transaction, tenantId, table));
          if (bytes > 0) sizes.push({ kind, bytes: Math.round(bytes), isEstimate: false });
        }
        return [...sizes, ...(await signalSizes(transaction, tenantId))];
      }),
  };
}

/** Tables with rows of tenants, parted ones as a whole. */
async function findTables(transaction: Transaction<Schema>, form: string): Promise<readonly TableRow[]> {
  const found = await sql<TableRow>`
    select c.relname as name,
           case c.relkind
             when 'r' then pg_total_relation_size(c.oid)
             else (select sum(pg_total_relation_size(part.relid)) from pg_partition_tree(c.oid) part where part.isleaf)::bigint
           end as bytes,
           exists (select from pg_attribute a
                    where a.attrelid = c.oid and a.attname = 'bytes' and not a.attisdropped) as has_payload
      from pg_class c
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname ~ ${form}
       and exists (select from pg_attribute a
                    where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
     order by c.relname`.execute(transaction);
  return found.rows;
}

/** The tenant's share of a table by its rows or, where they hold packed data, by the length of that; in [0, 1]. */
async function shareOf(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { name, has_payload }: TableRow,
): Promise<number> {
  const weight = has_payload ? sql`octet_length(bytes) + 32` : sql`1`;
  const found = await sql<{ share: number | null }>`
    select coalesce(sum(${weight}) filter (where tenant_id = ${tenantId}), 0)::double precision
           / nullif(sum(${weight}), 0) as share
      from ${sql.table(name)}`.execute(transaction);
  return found.rows[0]?.share ?? 0;
}

async function signalSizes(transaction: Transaction<Schema>, tenantId: TenantId): Promise<readonly KeptSize[]> {
  const [tables] = (
    await sql<{ readonly bytes: number; readonly rows: number }>`
      select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as bytes,
             coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint as rows
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = 'signal'::regclass`.execute(transaction)
  ).rows;
  if (tables === undefined) return [];
  const percent = Math.min(100, (100 * signalRowsMax) / Math.max(1, tables.rows));
  const drawn = percent < 100 ? sql`tablesample system (${sql.lit(percent)}) repeatable (1)` : sql``;
  const found = await sql<SignalRow>`
    select tenant_id = ${tenantId} as is_own, kind, count(*) as items, min(at) as oldest_at, max(at) as newest_at,
           sum(pg_column_size(search_text) + pg_column_size(document) + 64)::bigint as weight
      from signal ${drawn}
     group by 1, 2`.execute(transaction);
  const weight = found.rows.reduce((sum, row) => sum + row.weight, 0);
  return found.rows
    .filter((row) => row.is_own)
    .map(({ kind, items, weight: own, oldest_at, newest_at }) => ({
      kind,
      items: Math.round((items * 100) / percent),
      bytes: Math.round((tables.bytes * own) / weight),
      isEstimate: percent < 100,
      oldestAt: oldest_at,
      newestAt: newest_at,
    }))
    .toSorted((a, b) => b.bytes - a.bytes);
}
