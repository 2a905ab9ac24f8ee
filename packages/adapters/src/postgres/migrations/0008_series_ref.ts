import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Short numbers of series, by which their samples travel the log. */
export const seriesRefMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table series add column ref bigint generated always as identity`.execute(db);
    await sql`create unique index series_by_ref on series (tenant_id, ref)`.execute(db);
  },
};
