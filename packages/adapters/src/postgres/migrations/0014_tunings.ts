import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** What people told detection. */
export const tuningsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table detection_tuning (
        tenant_id text not null,
        id text collate "C" not null,
        created_at bigint not null,
        document json not null,
        primary key (tenant_id, id)
      )`.execute(db);
    await protectByTenant(db, 'detection_tuning');
  },
};
