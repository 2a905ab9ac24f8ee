import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { protectByTenant } from './protect-by-tenant.ts';

/** What people said of answers, which was kept as states that nobody could list. */
export const answerRatingsMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table answer_rating (
        tenant_id text not null,
        answer_id text collate "C" not null,
        actor text collate "C" not null,
        at bigint not null,
        helpful boolean not null,
        document json not null,
        primary key (tenant_id, answer_id, actor)
      )`.execute(db);
    await sql`create index answer_rating_newest on answer_rating (tenant_id, at desc)`.execute(db);
    await protectByTenant(db, 'answer_rating');
  },
};
