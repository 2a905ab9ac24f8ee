import { readFileSync, readdirSync } from 'node:fs';

/** Process ids of PostgreSQL servers that run on a folder below `path`; Linux only. */
export function postgresServersBelow(path: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words[0]?.endsWith('/postgres') === true && words.some((word) => word.includes(path));
      } catch {
        return false; // it ended between the listing and this look
      }
    });
}
