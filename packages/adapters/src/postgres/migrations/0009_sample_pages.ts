import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';
import { moveChunksToPages } from './move-chunks-to-pages.ts';

/** Samples in pages that are only inserted, and in blocks by the week, instead of a head and chunks for each series. */
export const samplePagesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create sequence sample_page_id`.execute(db);
    // Pages live for hours: what they leave is to be found soon, and the end of the file given back.
    await sql`
      create table sample_page (
        tenant_id text not null,
        page_group bigint not null,
        id bigint not null default nextval('sample_page_id'),
        from_at bigint not null,
        until_at bigint not null,
        samples integer not null,
        series integer not null,
        written_at bigint not null,
        is_damaged boolean not null default false,
        directory bytea not null,
        bytes bytea not null,
        primary key (tenant_id, page_group, id)
      ) with (autovacuum_vacuum_scale_factor = 0.1, toast.autovacuum_vacuum_scale_factor = 0.1)`.execute(db);
    // The bytes are compressed before they come here, and parts of them are read: PostgreSQL must not pack them again.
    await sql`
      alter table sample_page alter column directory set storage external, alter column bytes set storage external`.execute(
      db,
    );
    await protectByTenant(db, 'sample_page');

    await sql`create sequence sample_block_id`.execute(db);
    await sql`
      create table sample_block (
        tenant_id text not null,
        block_group bigint not null,
        week integer not null,
        id bigint not null default nextval('sample_block_id'),
        from_at bigint not null,
        until_at bigint not null,
        samples integer not null,
        series integer not null,
        is_damaged boolean not null default false,
        directory bytea not null,
        bytes bytea not null,
        primary key (tenant_id, block_group, week, id)
      ) partition by range (week)`.execute(db);
    await sql`
      alter table sample_block alter column directory set storage external, alter column bytes set storage external`.execute(
      db,
    );
    await protectByTenant(db, 'sample_block');
    // The net for weeks that get no table of their own.
    await sql`create table sample_block_other partition of sample_block default`.execute(db);
    await protectByTenant(db, 'sample_block_other');

    await sql`
      create table series_extent (
        tenant_id text not null,
        block_group bigint not null,
        extents bytea not null,
        primary key (tenant_id, block_group)
      )`.execute(db);
    await sql`alter table series_extent alter column extents set storage external`.execute(db);
    await protectByTenant(db, 'series_extent');

    // Room on each page and no index on what changes let the many updates stay on their page.
    await sql`create sequence sample_change_mark`.execute(db);
    await sql`
      create table sample_change (
        tenant_id text not null,
        page_group bigint not null,
        day bigint not null,
        hours integer not null,
        mark bigint not null default nextval('sample_change_mark'),
        written_at bigint not null,
        primary key (tenant_id, page_group, day)
      ) with (fillfactor = 50)`.execute(db);
    await protectByTenant(db, 'sample_change');

    await moveChunksToPages(db);
    await sql`drop table series_chunk, series_head`.execute(db);
  },
};
