import { sql, type Kysely } from 'kysely';
import type { Database } from './database.ts';
import { protectByTenant } from './migrations/protect-by-tenant.ts';
import { blockWeekOf, blockWeeks, weekMs } from './sample-grid.ts';

/**
 * Fortnights of live data get a table of their own, so that forgetting one gives its room back at once. Those that are filled
 * later, or far ahead by a clock that jumped, share the default partition, and so do all as long as there is little: a table
 * costs about 120 KiB with its indexes and maps, and what little leaves behind is soon filled again.
 */
export interface BlockPartitions {
  /** Makes the tables of those fortnights, by their first weeks, that deserve one. Must not be called in a transaction that has used blocks. */
  ensure(weeks: Iterable<number>, now: number): Promise<void>;
}

/** Weeks around now that count as live. */
const liveWeeks = { before: 8, after: blockWeeks } as const;

/** Weeks remembered; more than are ever live. */
const knownMax = 100;

/** Bytes of all blocks from which on live fortnights get tables. */
export const weekTableBytesMin = 64 * 2 ** 20;

/** `bytesMin`: see `weekTableBytesMin`. */
export function createBlockPartitions(database: Database, bytesMin = weekTableBytesMin): BlockPartitions {
  const known = new Set<number>();
  return {
    async ensure(weeks, now) {
      const current = blockWeekOf(now);
      const missing = [...weeks].filter(
        (week) => !known.has(week) && week >= current - liveWeeks.before && week <= current + liveWeeks.after,
      );
      if (missing.length === 0 || (await blockBytes(database)) < bytesMin) return;
      for (const week of missing) {
        await createPartition(database, week);
        if (known.size >= knownMax) known.clear();
        known.add(week);
      }
    },
  };
}

/** What all blocks take on disk. */
async function blockBytes(database: Database): Promise<number> {
  const found = await database.asSystem((transaction) =>
    sql<{ bytes: number }>`
      select sum(pg_total_relation_size(relid))::bigint as bytes from pg_partition_tree('sample_block')
       where isleaf`.execute(transaction),
  );
  return found.rows[0]?.bytes ?? 0;
}

/** The table of a fortnight. */
function partitionName(week: number): string {
  return `sample_block_${new Date(week * weekMs).toISOString().slice(0, 10).replaceAll('-', '_')}`;
}

async function createPartition(database: Database, week: number): Promise<void> {
  const name = partitionName(week);
  await database.asSystem(async (transaction) => {
    // Two programs may meet a new fortnight at once; `if not exists` alone does not make them wait for each other.
    await sql`select pg_advisory_xact_lock(hashtext('helios sample blocks'))`.execute(transaction);
    const found = await sql<{ isDone: boolean }>`
      select to_regclass(${name}) is not null
          or exists (select from sample_block_other where week = ${week}) as "isDone"`.execute(transaction);
    // A fortnight that the default partition holds already stays there: a table cannot take rows over.
    if (found.rows[0]?.isDone === true) return;
    const [from, to] = [sql.lit(week), sql.lit(week + 1)];
    await sql`create table ${sql.table(name)} partition of sample_block for values from (${from}) to (${to})`.execute(
      transaction,
    );
    // The wall needs SQL alone, and the new table is in no type.
    await protectByTenant(transaction as unknown as Kysely<unknown>, name);
  });
}

/** Removes the tables of fortnights before a moment that hold nothing any more; returns how many. */
export async function dropEmptyPartitions(database: Database, before: number): Promise<number> {
  const names = await database.asSystem(async (transaction) => {
    const found = await sql<{ name: string }>`
      select relid::regclass::text as name from pg_partition_tree('sample_block')
       where isleaf and relid <> 'sample_block_other'::regclass`.execute(transaction);
    return found.rows.map((row) => row.name);
  });
  const limit = partitionName(blockWeekOf(before));
  let dropped = 0;
  for (const name of names.filter((one) => one < limit)) {
    dropped += await database.asSystem(async (transaction) => {
      // Whoever reads is waited for, but not for long: nobody else must wait behind this.
      await sql`set local lock_timeout = '2s'`.execute(transaction);
      await sql`lock table ${sql.table(name)} in access exclusive mode`.execute(transaction);
      const found = await sql<{ isEmpty: boolean }>`
        select not exists (select from ${sql.table(name)}) as "isEmpty"`.execute(transaction);
      if (found.rows[0]?.isEmpty !== true) return 0;
      await sql`drop table ${sql.table(name)}`.execute(transaction);
      return 1;
    });
  }
  return dropped;
}
