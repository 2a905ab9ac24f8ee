import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Segments of the log of nearly a page lie in their rows: beside them they would be parts, a row and an index entry each, and
 * compressing them so that they fit costs the one who appends more than writing them. Rows that are there already keep theirs.
 */
export const segmentsInRowsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table event_log_segment set (toast_tuple_target = 8160)`.execute(db);
  },
};
