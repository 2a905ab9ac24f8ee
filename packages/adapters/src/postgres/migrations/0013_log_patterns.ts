import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** The pattern and the severity of each log, and the catalogue of patterns. Logs from before have neither. */
export const logPatternsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table signal add column pattern text collate "C", add column severity text collate "C"`.execute(db);
    await sql`create index signal_by_pattern on signal (tenant_id, pattern, at desc) where pattern is not null`.execute(
      db,
    );

    await sql`
      create table log_pattern (
        tenant_id text not null,
        id text collate "C" not null,
        template text not null,
        skeleton json not null,
        places bigint[] not null,
        former_ids text[] not null,
        first_at bigint not null,
        last_at bigint not null,
        example json not null,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index log_pattern_by_last on log_pattern (tenant_id, last_at desc)`.execute(db);
    await protectByTenant(db, 'log_pattern');
  },
};
