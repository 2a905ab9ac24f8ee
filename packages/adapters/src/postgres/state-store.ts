import { sql } from 'kysely';
import type { StateStore } from '@heliosiq/ports';
import { checkKeyCount } from '../limits.ts';
import { arrayLiteral, textArrayLiteral } from './array-literal.ts';
import type { Database } from './database.ts';
import { packBytes } from './packed-bytes.ts';

/**
 * The limit makes it one look into the index for each key: a planner that does not know the table yet would read all states
 * of the scope instead. Bytes come in base64, which is two thirds as long as the hexadecimal text that they would be, and
 * decoded many times as fast.
 */
const selectStates = `
  select found.key, encode(found.bytes, 'base64') as bytes from unnest($3::text[]) as wanted(key)
   cross join lateral (
     select key, bytes from stage_state
      where tenant_id = $1 and scope = $2 and key = wanted.key limit 1
   ) as found`;

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
              ${textArrayLiteral(last.map(({ key }) => key))}::text[], ${arrayLiteral(packed.positions)}::integer[], ${arrayLiteral(packed.lengths)}::integer[]
            ) as news(key, position, length)
          on conflict (tenant_id, scope, key) do update set bytes = excluded.bytes`.execute(transaction);
      });
    },

    async get(tenantId, scope, keys) {
      checkKeyCount(keys, 10_000, 'keys');
      if (keys.length === 0) return [];
      const found = await database.withClient(tenantId, (client) =>
        client.query<{ key: string; bytes: string }>({
          name: 'stage-state-read',
          text: selectStates,
          values: [tenantId, scope, [...new Set(keys)]],
        }),
      );
      return found.rows.map(({ key, bytes }) => ({ key, bytes: Buffer.from(bytes, 'base64') }));
    },
  };
}
