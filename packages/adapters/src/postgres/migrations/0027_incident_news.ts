import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** What was stored of incidents and still has to be told; nearly always empty. */
export const incidentNewsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table incident_news (
        tenant_id text not null,
        incident_id text collate "C" not null,
        revision integer not null,
        made_at bigint not null,
        arrival bigint generated always as identity,
        document json not null,
        primary key (tenant_id, incident_id, revision),
        foreign key (tenant_id, incident_id) references incident on delete cascade
      )`.execute(db);
    await protectByTenant(db, 'incident_news');
  },
};
