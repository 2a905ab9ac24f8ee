import type { SilenceStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';

/** A silence store on PostgreSQL. */
export function createPostgresSilenceStore(database: Database): SilenceStore {
  return {
    async put(tenantId, silence) {
      const columns = { starts_at: silence.startsAt, ends_at: silence.endsAt, document: JSON.stringify(silence) };
      await database.asTenant(tenantId, (transaction) =>
        transaction
          .insertInto('silence')
          .values({ tenant_id: tenantId, id: silence.id, ...columns })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'id']).doUpdateSet(columns))
          .execute(),
      );
    },

    async get(tenantId, id) {
      const row = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('silence')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .where('id', '=', id)
          .executeTakeFirst(),
      );
      return row?.document;
    },

    async list(tenantId, { limit, endingAfter }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) => {
        const query = transaction
          .selectFrom('silence')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .orderBy('starts_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit);
        return (endingAfter === undefined ? query : query.where('ends_at', '>', endingAfter)).execute();
      });
      return rows.map(({ document }) => document);
    },
  };
}
