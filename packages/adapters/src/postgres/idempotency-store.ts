import type { IdempotencyStore } from '@heliosiq/ports';
import type { Database } from './database.ts';

const dayMs = 86_400_000;

/** An idempotency store on PostgreSQL. */
export function createPostgresIdempotencyStore(database: Database): IdempotencyStore {
  return {
    async get(tenantId, key) {
      const row = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('idempotent_answer')
          .select(['request_hash', 'status', 'body'])
          .where('tenant_id', '=', tenantId)
          .where('key', '=', key)
          .executeTakeFirst(),
      );
      return row === undefined ? undefined : { requestHash: row.request_hash, status: row.status, body: row.body };
    },

    async put(tenantId, key, { requestHash, status, body }, at) {
      await database.asTenant(tenantId, (transaction) =>
        transaction
          .insertInto('idempotent_answer')
          .values({ tenant_id: tenantId, key, request_hash: requestHash, status, body, answered_at: at })
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
    },

    async expire(now) {
      const result = await database.asSystem((transaction) =>
        transaction
          .deleteFrom('idempotent_answer')
          .where('answered_at', '<', now - dayMs)
          .executeTakeFirst(),
      );
      return Number(result.numDeletedRows);
    },
  };
}
