import { sql, type Transaction } from 'kysely';
import type { Schema } from './schema.ts';

/**
 * The order of appends. Pages have ascending numbers, and of several values of a sample that of the last page counts. A merger
 * may therefore only take pages of which no earlier one can still come: an appending transaction holds a lock that is shared
 * from before its first number to its end, and who holds it alone for a moment sees all pages up to now.
 */
const appendLock = 7_310_441_902;

/** The lock of whoever moves or removes pages and blocks: one at a time in a database. */
const upkeepLock = 7_310_441_903;

/** To be called before the first page is inserted; holds until the transaction ends. */
export async function joinAppends(transaction: Transaction<Schema>): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${appendLock})`.execute(transaction);
}

/** The last page number below which no page can come any more. Waits for the appends that are under way. */
export async function settledPages(transaction: Transaction<Schema>): Promise<number> {
  await sql`select pg_advisory_xact_lock(${appendLock})`.execute(transaction);
  const found = await sql<{ last: number }>`select last_value as last from sample_page_id`.execute(transaction);
  return found.rows[0]?.last ?? 0;
}

/** Waits until nobody else moves pages or blocks, and keeps others from it until the transaction ends. */
export async function lockUpkeep(transaction: Transaction<Schema>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${upkeepLock})`.execute(transaction);
}

/** As `lockUpkeep`, without waiting: false when somebody else is at it. */
export async function tryLockUpkeep(transaction: Transaction<Schema>): Promise<boolean> {
  const found = await sql<{ ok: boolean }>`select pg_try_advisory_xact_lock(${upkeepLock}) as ok`.execute(transaction);
  return found.rows[0]?.ok === true;
}
