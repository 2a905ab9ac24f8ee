import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * States lie in their rows as they are. They are packed already: to compress them, and to keep what is larger than two
 * kilobytes in another table, costs more of the processor than all else about them. Rows that were written before stay.
 */
export const stateRowsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table stage_state alter column bytes set storage external`.execute(db);
    await sql`alter table stage_state set (toast_tuple_target = 8160)`.execute(db);
  },
};
