import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** Anomalies, incidents with their timelines, and diagnoses. */
export const findingsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table anomaly (
        tenant_id text not null,
        id text not null,
        revision integer not null,
        status text not null,
        series_id text not null,
        asset text collate "C" not null,
        started_at bigint not null,
        lasts_until bigint not null,
        document json not null,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index anomaly_by_start on anomaly (tenant_id, started_at desc)`.execute(db);
    await sql`create index anomaly_by_asset on anomaly (tenant_id, asset, started_at desc)`.execute(db);
    await sql`create index anomaly_by_series on anomaly (tenant_id, series_id, started_at desc)`.execute(db);
    await protectByTenant(db, 'anomaly');

    await sql`
      create table incident (
        tenant_id text not null,
        id text collate "C" not null,
        revision integer not null,
        status text not null,
        fingerprint text not null,
        assets text[] not null,
        opened_at bigint not null,
        updated_at bigint not null,
        document json not null,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index incident_by_opening on incident (tenant_id, opened_at desc)`.execute(db);
    await sql`create index incident_by_fingerprint on incident (tenant_id, fingerprint, opened_at desc)`.execute(db);
    await sql`create index incident_by_update on incident (tenant_id, updated_at)`.execute(db);
    await protectByTenant(db, 'incident');

    await sql`
      create table incident_timeline (
        tenant_id text not null,
        incident_id text collate "C" not null,
        id text not null,
        at bigint not null,
        arrival bigint generated always as identity,
        document json not null,
        primary key (tenant_id, incident_id, id),
        foreign key (tenant_id, incident_id) references incident on delete cascade
      )`.execute(db);
    await sql`create index incident_timeline_by_time on incident_timeline (tenant_id, incident_id, at desc, arrival desc)`.execute(
      db,
    );
    await protectByTenant(db, 'incident_timeline');

    await sql`
      create table diagnosis (
        tenant_id text not null,
        id text not null,
        incident_id text not null,
        revision integer not null,
        document json not null,
        primary key (tenant_id, id)
      )`.execute(db);
    await sql`create index diagnosis_by_incident on diagnosis (tenant_id, incident_id, revision desc)`.execute(db);
    await protectByTenant(db, 'diagnosis');
  },
};
