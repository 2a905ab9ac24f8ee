import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Tables of what belongs to an incident. */
const memberTables = ['incident_timeline', 'incident_alert', 'incident_news'];

/** Tables that mostly grow, and of which no plan depends on figures. */
const growingTables = ['event_log_segment', 'incident_timeline', 'incident_alert'];

/** Rows that are added before such a table is looked after. */
const restRows = 100_000;

/**
 * What is appended all day long costs less. Tables that only grow are looked after less often while they are small, and segments of
 * the log, which go soon, only when some are gone. Whoever writes what belongs to an incident holds that incident's row already:
 * looking for it at each row is left out, and a trigger takes over what the foreign keys did when an incident goes. The noise report
 * reads stretches of time, for which an index of a few entries is enough.
 */
export const appendedRowsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of growingTables) {
      await sql`
        alter table ${sql.table(table)} set (
          autovacuum_analyze_threshold = ${sql.lit(restRows)}, autovacuum_vacuum_insert_threshold = ${sql.lit(restRows)}
        )`.execute(db);
    }
    await sql`alter table event_log_segment set (autovacuum_vacuum_insert_threshold = -1)`.execute(db);

    await sql`
      create or replace function forget_incident_members() returns trigger language plpgsql as ${sql.lit(`
      begin
        ${memberTables
          .map(
            (table) => `delete from ${table} using gone
         where ${table}.tenant_id = gone.tenant_id and ${table}.incident_id = gone.id;`,
          )
          .join('\n        ')}
        return null;
      end`)}`.execute(db);
    await sql`
      create trigger members_go_with_their_incident after delete on incident referencing old table as gone
        for each statement execute function forget_incident_members()`.execute(db);
    for (const table of memberTables) {
      const constraint = `${table}_tenant_id_incident_id_fkey`;
      await sql`alter table ${sql.table(table)} drop constraint ${sql.ref(constraint)}`.execute(db);
    }

    await sql`drop index incident_timeline_by_moment`.execute(db);
    await sql`create index incident_timeline_by_moment on incident_timeline using brin (at)`.execute(db);
  },
};
