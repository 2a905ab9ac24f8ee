import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** Documents and their passages. */
export const documentsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table document (
        tenant_id text not null,
        id text collate "C" not null,
        sort_title text collate "C" not null,
        summary json not null,
        content text not null,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index document_by_title on document (tenant_id, sort_title, id)`.execute(db);
    await protectByTenant(db, 'document');

    await sql`
      create table passage (
        tenant_id text not null,
        document_id text collate "C" not null,
        ordinal integer not null,
        passage json not null,
        primary key (tenant_id, document_id, ordinal),
        foreign key (tenant_id, document_id) references document on delete cascade
      )`.execute(db);
    await protectByTenant(db, 'passage');
  },
};
