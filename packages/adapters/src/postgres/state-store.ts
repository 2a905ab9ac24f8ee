import { sql } from 'kysely';
import type { StateStore } from '@heliosiq/ports';
import { checkKeyCount } from '../limits.ts';
import type { Database } from './database.ts';
import { packBytes } from './packed-bytes.ts';

/** A state store on PostgreSQL: any number of entries is written by one statement. */
export function createPostgresStateStore(database: Database): StateStore {
  return {
    async put(tenantId, scope, entries) {
      if (entries.length === 0) return;
      // The last entry of a key stays; rows are written in the order of their keys, so that writers cannot deadlock.
      const last = [...new Map(entries.map((entry) => [entry.key, entry])).values()].sort((a, b) =>
        a.key < b.key ? -1 : 1,
      );
      const packed = packBytes(last.map(({ bytes }) => bytes));
      await database.asTenant(tenantId, async (transaction) => {
        await sql`
          insert into stage_state (tenant_id, scope, key, bytes)
          select ${tenantId}, ${scope}, news.key, substring(${packed.bytes}::bytea from news.position for news.length)
            from unnest(
              ${last.map(({ key }) => key)}::text[], ${packed.positions}::integer[], ${packed.lengths}::integer[]
            ) as news(key, position, length)
          on conflict (tenant_id, scope, key) do update set bytes = excluded.bytes`.execute(transaction);
      });
    },

    async get(tenantId, scope, keys) {
      checkKeyCount(keys, 10_000, 'keys');
      if (keys.length === 0) return [];
      return database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('stage_state')
          .select(['key', 'bytes'])
          .where('tenant_id', '=', tenantId)
          .where('scope', '=', scope)
          .where('key', '=', sql<string>`any(${[...keys]}::text[])`)
          .execute(),
      );
    },
  };
}
