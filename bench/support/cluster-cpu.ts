import { readdir, readFile } from 'node:fs/promises';
import type { Database } from '@heliosiq/adapters/postgres/database.ts';

/**
 * CPU seconds of a whole PostgreSQL server so far, from /proc: its first process, its helpers, its connections, and those that
 * have ended. Zero where there is no /proc.
 */
export async function clusterCpuSeconds(database: Database): Promise<number> {
  const found = await database.withClient('*', (client) =>
    client.query<{ pid: number }>('select pg_backend_pid() as pid'),
  );
  const own = await statOf(found.rows[0]?.pid ?? 0);
  if (own === undefined) return 0;
  const first = await statOf(own.parent);
  let ticks = (first?.ticks ?? 0) + (first?.endedTicks ?? 0);
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await statOf(Number(name));
    if (stat?.parent === own.parent) ticks += stat.ticks;
  }
  return ticks / 100;
}

interface ProcessStat {
  readonly parent: number;
  readonly ticks: number;
  /** Of children that have ended. */
  readonly endedTicks: number;
}

async function statOf(pid: number): Promise<ProcessStat | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return {
    parent: fields[1] ?? 0,
    ticks: (fields[11] ?? 0) + (fields[12] ?? 0),
    endedTicks: (fields[13] ?? 0) + (fields[14] ?? 0),
  };
}
