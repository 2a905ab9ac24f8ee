import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** Tenants, their API keys, and the answers kept by idempotency key. */
export const tenantsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table tenant (
        tenant_id text collate "C" primary key,
        name text not null,
        created_at bigint not null
      )`.execute(db);
    await protectByTenant(db, 'tenant');

    await sql`
      create table api_key (
        tenant_id text not null,
        id text collate "C" primary key,
        name text not null,
        role text not null,
        secret_hash text not null unique,
        created_at bigint not null,
        last_used_at bigint,
        revoked_at bigint
      )`.execute(db);
    await sql`create index api_key_by_tenant on api_key (tenant_id, created_at desc)`.execute(db);
    await protectByTenant(db, 'api_key');

    await sql`
      create table idempotent_answer (
        tenant_id text not null,
        key text not null,
        request_hash text not null,
        status integer not null,
        body text not null,
        answered_at bigint not null,
        primary key (tenant_id, key)
      )`.execute(db);
    await sql`create index idempotent_answer_by_age on idempotent_answer (answered_at)`.execute(db);
    await protectByTenant(db, 'idempotent_answer');
  },
};
