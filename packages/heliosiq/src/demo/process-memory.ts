import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly rssKib: number;
}

/** Resident memory in MiB of processes and all their descendants, each counted whole (shared pages count in each). */
export function residentMib(rootPids: readonly number[]): number {
  const rows = process.platform === 'linux' ? linuxProcesses() : portableProcesses();
  const wanted = new Set(rootPids);
  for (let grew = true; grew;) {
    grew = false;
    for (const row of rows) {
      if (wanted.has(row.parent) && !wanted.has(row.pid)) {
        wanted.add(row.pid);
        grew = true;
      }
    }
  }
  const kib = rows.filter((row) => wanted.has(row.pid)).reduce((sum, row) => sum + row.rssKib, 0);
  return Math.round(kib / 102.4) / 10;
}

function linuxProcesses(): readonly ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const status = statusOf(name);
      if (status === undefined) return [];
      return [{ pid: Number(name), parent: fieldOf(status, 'PPid'), rssKib: fieldOf(status, 'VmRSS') }];
    });
}

/** Undefined when the process ended between the listing and this look. */
function statusOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined;
  }
}

function fieldOf(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0);
}

function portableProcesses(): readonly ProcessRow[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8', timeout: 5000 });
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, rssKib] = line.trim().split(/\s+/).map(Number);
      return { pid: pid ?? 0, parent: parent ?? 0, rssKib: rssKib ?? 0 };
    });
}
