import { sql } from 'kysely';
import type { Lease } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';

const sweepEveryMs = 3_600_000;

/** Leases in PostgreSQL, by the database's clock: one for all programs on it. Those that ran out long ago are swept away. */
export function createPostgresLease(database: Database): Lease {
  let sweptAt = Number.NEGATIVE_INFINITY;

  async function sweep(): Promise<void> {
    if (performance.now() - sweptAt < sweepEveryMs) return;
    sweptAt = performance.now();
    await database.asSystem((transaction) =>
      sql`delete from lease where until_at < clock_timestamp() - interval '1 day'`.execute(transaction),
    );
  }

  return {
    async take(name, holder, ttlMs) {
      checkedLimit(ttlMs, 3_600_000, 'ttlMs');
      await sweep();
      const taken = await database.asSystem((transaction) =>
        sql`
          insert into lease as held (name, holder, until_at)
          values (${name}, ${holder}, clock_timestamp() + ${ttlMs} * interval '1 millisecond')
          on conflict (name) do update set holder = excluded.holder, until_at = excluded.until_at
           where held.holder = excluded.holder or held.until_at < clock_timestamp()
          returning name`.execute(transaction),
      );
      return taken.rows.length === 1;
    },
    async release(name, holder) {
      await database.asSystem((transaction) =>
        sql`delete from lease where name = ${name} and holder = ${holder}`.execute(transaction),
      );
    },
  };
}
