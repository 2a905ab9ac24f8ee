import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant, protectForSystem } from './protect-by-tenant.ts';

/** Rollups, what retention removed, and who may do work that only one may do at a time. */
export const goldMigration: Migration = {
  async up(db: Kysely<unknown>) {
    for (const resolution of ['minute', 'hour', 'day']) {
      const table = `rollup_${resolution}`;
      await sql`
        create table ${sql.table(table)} (
          tenant_id text not null,
          series_id uuid not null,
          start_at bigint not null,
          end_at bigint not null,
          days integer not null,
          samples bigint not null,
          revision integer not null,
          bytes bytea not null,
          primary key (tenant_id, series_id, start_at)
        ) partition by range (start_at)`.execute(db);
      // The bytes are compressed before they come here: PostgreSQL need not try again.
      await sql`alter table ${sql.table(table)} alter column bytes set storage external`.execute(db);
      await protectByTenant(db, table);
      // The net for times that get no month of their own.
      await sql`create table ${sql.table(`${table}_other`)} partition of ${sql.table(table)} default`.execute(db);
      await protectByTenant(db, `${table}_other`);
    }

    await sql`
      create table retention_entry (
        tenant_id text not null,
        id text collate "C" not null,
        at bigint not null,
        kind text not null,
        actor text not null,
        before_at bigint not null,
        items bigint not null,
        bytes bigint not null,
        duration_ms bigint not null,
        fault text,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index retention_entry_by_time on retention_entry (tenant_id, at desc)`.execute(db);
    await protectByTenant(db, 'retention_entry');

    await sql`
      create table lease (
        name text primary key,
        holder text not null,
        until_at timestamptz not null
      )`.execute(db);
    await protectForSystem(db, 'lease');
  },
};
