import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** A sample of traces, how each investigation went, and what people said the cause was. */
export const investigationsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table trace_part (
        tenant_id text not null,
        at bigint not null,
        id text collate "C" not null,
        spans integer not null,
        bytes bytea not null,
        primary key (tenant_id, at, id)
      )`.execute(db);
    // The bytes are compressed before they come here: PostgreSQL need not try again.
    await sql`alter table trace_part alter column bytes set storage external`.execute(db);
    await protectByTenant(db, 'trace_part');

    await sql`
      create table investigation (
        tenant_id text not null,
        id text collate "C" not null,
        incident_id text collate "C" not null,
        status text not null,
        started_at bigint not null,
        updated_at bigint not null,
        document json not null,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index investigation_by_incident on investigation (tenant_id, incident_id, started_at desc)`.execute(
      db,
    );
    await sql`create index investigation_running on investigation (updated_at) where status = 'running'`.execute(db);
    await protectByTenant(db, 'investigation');

    await sql`
      create table known_cause (
        tenant_id text not null,
        incident_id text collate "C" not null,
        marked_at bigint not null,
        document json not null,
        primary key (tenant_id, incident_id)
      )`.execute(db);
    await sql`create index known_cause_by_time on known_cause (tenant_id, marked_at desc)`.execute(db);
    await protectByTenant(db, 'known_cause');
  },
};
