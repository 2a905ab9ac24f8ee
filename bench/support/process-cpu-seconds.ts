import { readdir, readFile } from 'node:fs/promises';

/** CPU seconds of a process so far, and of all its living descendants with those of theirs that have ended; zero without /proc. */
export async function processCpuSeconds(pid: number): Promise<{ readonly own: number; readonly descendants: number }> {
  const rows = new Map<number, { readonly parent: number; readonly own: number; readonly ended: number }>();
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) continue;
    // The name before the last bracket may hold anything; the fields behind it are numbers but for the first.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    rows.set(Number(name), { parent: fields[1] ?? 0, own: user + system, ended: endedUser + endedSystem });
  }
  const isBelow = (one: number): boolean => {
    const parent = rows.get(one)?.parent;
    return parent !== undefined && (parent === pid || (parent !== 0 && isBelow(parent)));
  };
  let ticks = 0;
  for (const [one, { own, ended }] of rows) if (isBelow(one)) ticks += own + ended;
  const ticksPerS = 100;
  return { own: (rows.get(pid)?.own ?? 0) / ticksPerS, descendants: ticks / ticksPerS };
}
