import { readFile } from 'node:fs/promises';
import type { Database } from '@heliosiq/adapters/postgres/database.ts';

/** CPU seconds of the server's connected processes so far, from /proc; zero where there is none. */
export async function serverCpuSeconds(database: Database): Promise<number> {
  const activity = await database.withClient('*', (client) =>
    client.query<{ pid: number }>('select pid from pg_stat_activity'),
  );
  let ticks = 0;
  for (const { pid } of activity.rows) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / 100;
}
