import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** Telemetry: the catalogue of series, their growing heads and their sealed chunks. */
export const seriesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table series (
        tenant_id text not null,
        id text not null,
        asset text collate "C" not null,
        metric text collate "C" not null,
        labels jsonb not null,
        labels_key text collate "C" not null,
        unit text,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index series_by_name on series (tenant_id, asset, metric)`.execute(db);
    await sql`create index series_by_metric on series (tenant_id, metric, asset)`.execute(db);
    await protectByTenant(db, 'series');

    // Room on each page and no index on what changes let the many updates of a head stay on its page.
    await sql`
      create table series_head (
        tenant_id text not null,
        series_id text not null,
        first_at bigint,
        last_at bigint,
        samples bigint not null default 0,
        sealed_until bigint,
        head_from bigint,
        head_samples integer not null default 0,
        head_frames integer not null default 0,
        bytes bytea not null default '',
        primary key (tenant_id, series_id)
      ) with (fillfactor = 50, toast_tuple_target = 4080, autovacuum_vacuum_scale_factor = 0.05)`.execute(db);
    await sql`alter table series_head alter column bytes set storage external`.execute(db);
    await protectByTenant(db, 'series_head');

    // The bytes are compressed before they come here: PostgreSQL need not try again.
    await sql`
      create table series_chunk (
        tenant_id text not null,
        series_id text not null,
        start_at bigint not null,
        end_at bigint not null,
        samples integer not null,
        bytes bytea not null,
        primary key (tenant_id, series_id, start_at)
      ) with (toast_tuple_target = 8160)`.execute(db);
    await sql`alter table series_chunk alter column bytes set storage external`.execute(db);
    await protectByTenant(db, 'series_chunk');
  },
};
