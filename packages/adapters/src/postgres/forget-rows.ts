import { sql, type RawBuilder } from 'kysely';
import type { TenantId } from '@heliosiq/model';
import type { ForgetQuestion, Forgotten } from '@heliosiq/ports';
import type { Database } from './database.ts';

/** Which rows of a tenant are to be forgotten. */
export interface RowsToForget extends Pick<ForgetQuestion, 'isDryRun' | 'signal'> {
  readonly table: string;
  /** A condition on the table's columns. */
  readonly where: RawBuilder<unknown>;
  /** The bytes of a row's data, such as `octet_length(bytes)`, which does not read what lies outside the row. */
  readonly size: RawBuilder<unknown>;
}

/** Rows that one transaction removes: few enough for a statement to end within its time. */
const rowsAtOnce = 5000;

/**
 * Counts a tenant's rows under a condition, or removes them in short transactions, and tells how many and of how many
 * bytes. A run that is aborted tells what it has removed until then; the next one removes the rest.
 */
export async function forgetRows(
  database: Database,
  tenantId: TenantId,
  { table, where, size, isDryRun = false, signal }: RowsToForget,
): Promise<Forgotten> {
  const name = sql.table(table);
  const condition = sql`tenant_id = ${tenantId} and ${where}`;
  if (isDryRun) {
    return database.asTenant(tenantId, async (transaction) => {
      // A table may have many rows to count.
      await sql`set local statement_timeout = '10min'`.execute(transaction);
      const { rows } = await sql<Forgotten>`
        select count(*) as items, coalesce(sum(${size}), 0)::bigint as bytes
          from ${name} where ${condition}`.execute(transaction);
      return rows[0] ?? nothing;
    });
  }
  let gone = nothing;
  for (;;) {
    if (signal?.aborted === true) return gone;
    const some = await database.asTenant(tenantId, async (transaction) => {
      const { rows } = await sql<Forgotten>`
        with gone as (
          delete from ${name}
           where ${condition} and (tableoid, ctid) in (
             select tableoid, ctid from ${name} where ${condition} limit ${sql.lit(rowsAtOnce)})
          returning ${size} as size)
        select count(*) as items, coalesce(sum(size), 0)::bigint as bytes from gone`.execute(transaction);
      return rows[0] ?? nothing;
    });
    gone = { items: gone.items + some.items, bytes: gone.bytes + some.bytes };
    if (some.items < rowsAtOnce) return gone;
  }
}

const nothing: Forgotten = { items: 0, bytes: 0 };
