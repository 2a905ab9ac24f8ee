import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** Files of rules. */
export const rulesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table rule_file (
        tenant_id text not null,
        name text collate "C" not null,
        content text not null,
        updated_at bigint not null,
        updated_by text not null,
        primary key (tenant_id, name)
      )`.execute(db);
    await protectByTenant(db, 'rule_file');
  },
};
