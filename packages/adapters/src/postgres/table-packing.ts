import { HeliosError } from '@heliosiq/model';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Gives back the room that small tables of samples no longer need. */
export interface TablePacking {
  /** Writes those tables anew that have grown since they were last written; returns the bytes that came free. */
  pack(signal?: AbortSignal): Promise<number>;
}

/** Tables whose rows come and go, or that many small steps have filled; live fortnights have tables of their own, which go as a whole. */
const tables = ['series', 'series_extent', 'sample_page', 'sample_change', 'sample_block_other'] as const;

/** Larger tables are left alone: nobody else gets at a table while it is written, and what it wastes is a small share of it. */
const tableBytesMax = 16 * 2 ** 20;
/** Growth since the last time below which nothing can be won. */
const grownMin = { bytes: 64 * 1024, share: 1.2 } as const;
/** A table that is in use for longer is left for the next time: whoever comes after this waits behind it. */
const lockTimeoutMs = 200;

/**
 * Deleted rows leave indexes that never shrink by themselves and maps of free room, which in a small database are more than what it
 * holds. `vacuum full` writes a table anew as every open transaction may still see it. What each came to is remembered here.
 */
export function createTablePacking(database: Database): TablePacking {
  const packedBytes = new Map<string, number>();

  async function bytesOf(table: string): Promise<number> {
    const found = await database.asSystem((transaction) =>
      sql<{ bytes: number }>`select pg_total_relation_size(${table}::regclass)::bigint as bytes`.execute(transaction),
    );
    return found.rows[0]?.bytes ?? 0;
  }

  return {
    async pack(signal) {
      let freed = 0;
      for (const table of tables) {
        if (signal?.aborted === true) break;
        const before = await bytesOf(table);
        const known = packedBytes.get(table) ?? 0;
        if (before > tableBytesMax || before < grownMin.bytes || before - known < grownMin.bytes) continue;
        if (before < known * grownMin.share) continue;
        if (!(await writeAnew(database, table))) continue;
        const after = await bytesOf(table);
        packedBytes.set(table, after);
        freed += Math.max(0, before - after);
      }
      return freed;
    },
  };
}

/** False when the table was in use for too long. */
async function writeAnew(database: Database, table: string): Promise<boolean> {
  try {
    await database.withClient('*', async (client) => {
      // Vacuum cannot run in a transaction, which every statement of the database's own is.
      await client.query('commit');
      await client.query(`set lock_timeout = ${lockTimeoutMs}`);
      try {
        await client.query(`vacuum full ${table}`);
      } finally {
        await client.query('reset lock_timeout');
      }
      await client.query('begin');
    });
    return true;
  } catch (error) {
    if (error instanceof HeliosError && (error.code === 'unavailable' || error.code === 'timeout')) return false;
    throw error;
  }
}
