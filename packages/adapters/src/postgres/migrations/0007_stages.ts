import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** What stages keep over a restart: binary states and outgoing messages. */
export const stagesMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table stage_state (
        tenant_id text not null,
        scope text not null,
        key text collate "C" not null,
        bytes bytea not null,
        primary key (tenant_id, scope, key)
      ) with (fillfactor = 70)`.execute(db);
    await protectByTenant(db, 'stage_state');

    await sql`
      create table delivery (
        tenant_id text not null,
        id text collate "C" not null,
        target text not null,
        incident_id text not null,
        body text not null,
        created_at bigint not null,
        attempts integer not null,
        next_attempt_at bigint not null,
        status text not null,
        last_error text,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index delivery_due on delivery (next_attempt_at) where status = 'waiting'`.execute(db);
    await sql`create index delivery_by_age on delivery (tenant_id, created_at desc)`.execute(db);
    await protectByTenant(db, 'delivery');
  },
};
