import { sql, type Kysely } from 'kysely';
import type { Database } from './database.ts';
import { protectByTenant } from './migrations/protect-by-tenant.ts';

/** Makes the monthly partitions of the table `signal` when the first signal of a month arrives. */
export interface SignalPartitions {
  /** Makes sure that the times have partitions; most calls need no question to the database. */
  ensure(times: Iterable<number>): Promise<void>;
}

/** Months outside these years share the default partition, so that a stray time makes no table. */
const years = { first: 2000, last: 2099 } as const;

export function createSignalPartitions(database: Database): SignalPartitions {
  const known = new Set<number>();
  return {
    async ensure(times) {
      const missing = new Set<number>();
      for (const at of times) {
        const month = monthOf(at);
        if (month !== undefined && !known.has(month)) missing.add(month);
      }
      for (const month of [...missing].sort((a, b) => a - b)) {
        await createPartition(database, month);
        known.add(month);
      }
    },
  };
}

/** Months since year 0, in UTC. */
function monthOf(at: number): number | undefined {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  return year >= years.first && year <= years.last ? year * 12 + date.getUTCMonth() : undefined;
}

async function createPartition(database: Database, month: number): Promise<void> {
  const [year, monthIndex] = [Math.floor(month / 12), month % 12];
  const name = `signal_${year}_${String(monthIndex + 1).padStart(2, '0')}`;
  await database.asSystem(async (transaction) => {
    // Two programs may meet a new month at once; `if not exists` alone does not make them wait for each other.
    await sql`select pg_advisory_xact_lock(hashtext('helios signal partitions'))`.execute(transaction);
    const found = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(transaction);
    if (found.rows[0]?.there === true) return;
    const [from, to] = [Date.UTC(year, monthIndex), Date.UTC(year, monthIndex + 1)].map((at) => sql.lit(at));
    await sql`create table ${sql.table(name)} partition of signal for values from (${from}) to (${to})`.execute(
      transaction,
    );
    // The wall needs SQL alone, and the new table is in no type.
    await protectByTenant(transaction as unknown as Kysely<unknown>, name);
  });
}
