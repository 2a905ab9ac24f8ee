import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** Which jobs there are for each tenant, who is at them, and what became of their runs. */
export const jobsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table job (
        tenant_id text not null,
        name text collate "C" not null,
        about text not null,
        every_ms bigint not null,
        next_at bigint not null,
        holder text,
        held_until bigint not null default 0,
        running_since bigint,
        requested_by text,
        last_run json,
        primary key (tenant_id, name)
      ) with (fillfactor = 70)`.execute(db);
    await sql`
      create table job_run (
        tenant_id text not null,
        id text collate "C" not null,
        job text collate "C" not null,
        started_at bigint not null,
        duration_ms bigint not null,
        outcome text not null,
        detail text not null,
        actor text not null,
        primary key (tenant_id, job, id)
      )`.execute(db);
    for (const table of ['job', 'job_run']) await protectByTenant(db, table);
  },
};
