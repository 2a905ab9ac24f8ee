import { sql, type Kysely } from 'kysely';

/**
 * Turns on row-level security for a table with a column `tenant_id`: a transaction sees and writes the rows of its
 * tenant, a system transaction all rows, and one that set no tenant nothing at all.
 */
export async function protectByTenant(db: Kysely<unknown>, table: string): Promise<void> {
  await protect(
    db,
    table,
    sql`tenant_id = current_setting('helios.tenant', true) or current_setting('helios.tenant', true) = '*'`,
  );
}

/** Turns on row-level security for a table that belongs to no tenant: only system transactions see it. */
export async function protectForSystem(db: Kysely<unknown>, table: string): Promise<void> {
  await protect(db, table, sql`current_setting('helios.tenant', true) = '*'`);
}

async function protect(db: Kysely<unknown>, table: string, rule: ReturnType<typeof sql>): Promise<void> {
  const name = sql.table(table);
  await sql`alter table ${name} enable row level security`.execute(db);
  await sql`alter table ${name} force row level security`.execute(db);
  await sql`create policy tenant_wall on ${name} using (${rule}) with check (${rule})`.execute(db);
}
