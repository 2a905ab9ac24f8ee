import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/**
 * Two tables of samples in less room: blocks up to four kilobytes lie in their rows, two of which fill a page, and days that were
 * written to need no table beside for long texts, because a tenant's name has its bound. Rows that are there already keep theirs.
 */
export const smallTablesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table sample_block_other set (toast_tuple_target = 4080)`.execute(db);

    await sql`alter table sample_change rename to sample_change_before`.execute(db);
    await sql`alter table sample_change_before rename constraint sample_change_pkey to sample_change_before_pkey`.execute(
      db,
    );
    await sql`
      create table sample_change (
        tenant_id varchar(63) not null,
        page_group bigint not null,
        day bigint not null,
        hours integer not null,
        mark bigint not null default nextval('sample_change_mark'),
        written_at bigint not null,
        primary key (tenant_id, page_group, day)
      ) with (fillfactor = 50)`.execute(db);
    await sql`
      insert into sample_change (tenant_id, page_group, day, hours, mark, written_at)
      select tenant_id, page_group, day, hours, mark, written_at from sample_change_before`.execute(db);
    await sql`drop table sample_change_before`.execute(db);
    await protectByTenant(db, 'sample_change');
  },
};
