import { ANSWER_RATINGS_MAX } from '@heliosiq/ports';
import type { AnswerRatingStore } from '@heliosiq/ports';
import { sql } from 'kysely';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';

/** A store of ratings on PostgreSQL. */
export function createPostgresAnswerRatingStore(database: Database): AnswerRatingStore {
  return {
    async put(tenantId, rating) {
      const { answerId, actor, at, helpful } = rating;
      const columns = { at, helpful, document: JSON.stringify(rating) };
      await database.asTenant(tenantId, async (transaction) => {
        await transaction
          .insertInto('answer_rating')
          .values({ tenant_id: tenantId, answer_id: answerId, actor, ...columns })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'answer_id', 'actor']).doUpdateSet(columns))
          .execute();
        await sql`
          delete from answer_rating where tenant_id = ${tenantId} and at <=
            (select at from answer_rating where tenant_id = ${tenantId}
              order by at desc offset ${ANSWER_RATINGS_MAX} limit 1)`.execute(transaction);
      });
    },

    async list(tenantId, { limit, helpful }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) => {
        const query = transaction
          .selectFrom('answer_rating')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .orderBy('at', 'desc')
          .orderBy('answer_id')
          .limit(limit);
        return (helpful === undefined ? query : query.where('helpful', '=', helpful)).execute();
      });
      return rows.map(({ document }) => document);
    },
  };
}
