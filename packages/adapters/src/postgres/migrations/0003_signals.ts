import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** Discrete signals by time, and the assets they speak about with their edges. */
export const signalsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table signal (
        tenant_id text not null,
        kind text not null,
        id text not null,
        at bigint not null,
        asset text collate "C" not null,
        search_text text not null,
        document json not null,
        primary key (tenant_id, kind, id, at)
      ) partition by range (at)`.execute(db);
    await sql`create index signal_by_time on signal (tenant_id, at desc)`.execute(db);
    await sql`create index signal_by_asset on signal (tenant_id, asset, at desc)`.execute(db);
    await protectByTenant(db, 'signal');
    // The net for times that get no month of their own.
    await sql`create table signal_other partition of signal default`.execute(db);
    await protectByTenant(db, 'signal_other');

    await sql`
      create table asset (
        tenant_id text not null,
        id text collate "C" not null,
        class text,
        labels json not null default '{}',
        primary key (tenant_id, id)
      )`.execute(db);
    await protectByTenant(db, 'asset');

    await sql`
      create table asset_edge (
        tenant_id text not null,
        from_asset text collate "C" not null,
        to_asset text collate "C" not null,
        kind text not null,
        primary key (tenant_id, from_asset, to_asset, kind)
      )`.execute(db);
    await protectByTenant(db, 'asset_edge');
  },
};
