import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** Member alerts of incidents, corrections of their grouping, and silences. */
export const incidentMembersMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table incident_alert (
        tenant_id text not null,
        incident_id text collate "C" not null,
        fingerprint text collate "C" not null,
        rule text not null,
        occurrences integer not null,
        document json not null,
        primary key (tenant_id, incident_id, fingerprint),
        foreign key (tenant_id, incident_id) references incident on delete cascade
      )`.execute(db);
    await protectByTenant(db, 'incident_alert');

    await sql`
      create table incident_correction (
        tenant_id text not null,
        id text collate "C" not null,
        at bigint not null,
        document json not null,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index incident_correction_by_time on incident_correction (tenant_id, at desc)`.execute(db);
    await protectByTenant(db, 'incident_correction');

    await sql`
      create table silence (
        tenant_id text not null,
        id text collate "C" not null,
        starts_at bigint not null,
        ends_at bigint not null,
        document json not null,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index silence_by_end on silence (tenant_id, ends_at)`.execute(db);
    await protectByTenant(db, 'silence');

    // The report of noise reads all timelines of a stretch of time.
    await sql`create index incident_timeline_by_moment on incident_timeline (tenant_id, at)`.execute(db);
  },
};
