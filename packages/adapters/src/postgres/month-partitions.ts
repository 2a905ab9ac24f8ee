import { sql, type Kysely } from 'kysely';
import type { Database } from './database.ts';
import { errorCodeOf } from './database-errors.ts';
import { protectByTenant } from './migrations/protect-by-tenant.ts';

/** The monthly partitions of a table: made when the first row of a month arrives, dropped when the last one has gone. */
export interface MonthPartitions {
  /** Makes sure that the times have partitions; most calls need no question to the database. */
  ensure(times: Iterable<number>): Promise<void>;
  /** Drops the partitions that end at or before a moment and hold no row of anybody; returns how many. */
  dropEmpty(before: number): Promise<number>;
}

/** Months outside these years share the default partition, so that a stray time makes no table. */
const years = { first: 2000, last: 2099 } as const;

/** `parent` is partitioned by range of milliseconds since the epoch and has a default partition. */
export function createMonthPartitions(database: Database, parent: string): MonthPartitions {
  const known = new Set<number>();
  const lockName = `helios ${parent} partitions`;

  async function create(month: number): Promise<void> {
    const name = partitionOf(parent, month);
    await database.asSystem(async (transaction) => {
      // Two programs may meet a new month at once; `if not exists` alone does not make them wait for each other.
      await sql`select pg_advisory_xact_lock(hashtext(${lockName}))`.execute(transaction);
      const found = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(
        transaction,
      );
      if (found.rows[0]?.there === true) return;
      const [from, to] = [startOf(month), startOf(month + 1)].map((at) => sql.lit(at));
      await sql`
        create table ${sql.table(name)} partition of ${sql.table(parent)} for values from (${from}) to (${to})
      `.execute(transaction);
      // The wall needs SQL alone, and the new table is in no type.
      await protectByTenant(transaction as unknown as Kysely<unknown>, name);
    });
  }

  /** True when the partition was there, was empty, and is gone. */
  async function drop(name: string): Promise<boolean> {
    return database.asSystem(async (transaction) => {
      await sql`set local lock_timeout = '5s'`.execute(transaction);
      await sql`select pg_advisory_xact_lock(hashtext(${lockName}))`.execute(transaction);
      // From here nobody writes to it: what it holds now is what it holds when it goes.
      await sql`lock table ${sql.table(name)} in access exclusive mode`.execute(transaction);
      const held = await sql`select 1 from ${sql.table(name)} limit 1`.execute(transaction);
      if (held.rows.length > 0) return false;
      await sql`drop table ${sql.table(name)}`.execute(transaction);
      return true;
    });
  }

  /** Whoever reads the partition for long, such as a backup, keeps it from going; the next run tries again. */
  async function dropUnlessInUse(name: string): Promise<boolean> {
    try {
      return await drop(name);
    } catch (error) {
      if (errorCodeOf(causeOf(error)) === '55P03') return false;
      throw error;
    }
  }

  return {
    async ensure(times) {
      const missing = new Set<number>();
      for (const at of times) {
        const month = monthOf(at);
        if (month !== undefined && !known.has(month)) missing.add(month);
      }
      for (const month of [...missing].sort((a, b) => a - b)) {
        await create(month).catch((error: unknown) => {
          // Rows of that month came after its partition was dropped and lie in the default one: they go on doing so.
          if (errorCodeOf(causeOf(error)) !== '23514') throw error;
        });
        known.add(month);
      }
    },

    async dropEmpty(before) {
      const found = await database.asSystem((transaction) =>
        sql<{ name: string }>`
          select child.relname as name from pg_inherits
            join pg_class child on child.oid = inhrelid
           where inhparent = to_regclass(${parent}) and child.relname ~ ${`^${parent}_\\d{4}_\\d{2}$`}
           order by 1`.execute(transaction),
      );
      let dropped = 0;
      for (const { name } of found.rows) {
        const month = monthOfPartition(name);
        if (startOf(month + 1) > before || !(await dropUnlessInUse(name))) continue;
        known.delete(month);
        dropped += 1;
      }
      return dropped;
    },
  };
}

/** A database fault wraps what the driver said. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

/** Months since year 0, in UTC. */
function monthOf(at: number): number | undefined {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  return year >= years.first && year <= years.last ? year * 12 + date.getUTCMonth() : undefined;
}

function startOf(month: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12);
}

function partitionOf(parent: string, month: number): string {
  return `${parent}_${Math.floor(month / 12)}_${String((month % 12) + 1).padStart(2, '0')}`;
}

function monthOfPartition(name: string): number {
  const [year, month] = name.split('_').slice(-2).map(Number);
  return (year ?? 0) * 12 + (month ?? 1) - 1;
}
