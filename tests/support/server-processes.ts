import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Process ids of PostgreSQL postmasters that run on a folder below `path`; Linux only. */
export function postgresServersBelow(path: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '';
        return command.endsWith('/postgres') && readlinkSync(`/proc/${pid}/cwd`).startsWith(path);
      } catch {
        return false; // it ended between the listing and this look
      }
    });
}
