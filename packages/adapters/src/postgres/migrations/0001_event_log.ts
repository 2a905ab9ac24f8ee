import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant, protectForSystem } from './protect-by-tenant.ts';

/** The event log: partitions, segments of records, consumer groups with members and positions. */
export const eventLogMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table event_log_partition (
        topic text not null,
        partition integer not null,
        next_offset bigint not null default 0,
        primary key (topic, partition)
      ) with (fillfactor = 50)`.execute(db);
    await protectForSystem(db, 'event_log_partition');

    await sql`
      create table event_log_segment (
        topic text not null,
        partition integer not null,
        base_offset bigint not null,
        tenant_id text not null,
        record_count integer not null,
        appended_at bigint not null,
        payload bytea not null,
        primary key (topic, partition, base_offset)
      )`.execute(db);
    // The payload is deflated before it comes here: PostgreSQL need not try again.
    await sql`alter table event_log_segment alter column payload set storage external`.execute(db);
    // Retention looks for old rows; rows arrive in the order of their time.
    await sql`create index event_log_segment_age on event_log_segment using brin (appended_at)`.execute(db);
    await protectByTenant(db, 'event_log_segment');

    await sql`
      create table event_log_group (
        group_name text not null,
        topic text not null,
        last_seen_at bigint not null,
        primary key (group_name, topic)
      )`.execute(db);
    await protectForSystem(db, 'event_log_group');

    await sql`
      create table event_log_member (
        group_name text not null,
        topic text not null,
        member_id text not null,
        joined_at bigint not null,
        last_seen_at bigint not null,
        primary key (group_name, topic, member_id),
        foreign key (group_name, topic) references event_log_group on delete cascade
      )`.execute(db);
    await protectForSystem(db, 'event_log_member');

    await sql`
      create table event_log_position (
        group_name text not null,
        topic text not null,
        partition integer not null,
        committed_offset bigint not null,
        owner_id text,
        owner_epoch bigint not null default 0,
        primary key (group_name, topic, partition),
        foreign key (group_name, topic) references event_log_group on delete cascade
      ) with (fillfactor = 50)`.execute(db);
    await protectForSystem(db, 'event_log_position');
  },
};
