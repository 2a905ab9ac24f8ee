import { rm } from 'node:fs/promises';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { HeliosError } from '@heliosiq/model';
import type { Logger } from '@heliosiq/ports';
import { errorCode } from './error-code.ts';
import { isRunning, waitUntilGone, workingFolder } from './process-facts.ts';
import { readText, type ServerFolder } from './server-folder.ts';

/** How long a server may take to stop by itself, then by request, then by force. */
const patience = { byItselfMs: 1500, fastMs: 8000, immediateMs: 5000 } as const;

/**
 * Ends what a killed program left: a server that still runs on the folder is stopped, a lock file without a server is
 * removed. A process that merely has the old server's id is left alone. Returns true when a server was found running.
 */
export async function stopLeftoverServer(folder: ServerFolder, logger: Logger | undefined): Promise<boolean> {
  const pidFile = path.join(folder.cluster, 'postmaster.pid');
  const pid = Number((await readText(pidFile))?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return false;
  if (!(await isRunning(pid)) || !(await worksIn(pid, folder.cluster))) {
    // PostgreSQL itself would take a zombie or a stranger with this id for its predecessor.
    await rm(pidFile, { force: true });
    return false;
  }
  logger?.info({ pid }, 'a PostgreSQL server of a program that was killed still runs: stopping it');
  // It usually is stopping already: it does so as soon as its program dies.
  if (await waitUntilGone(pid, patience.byItselfMs)) return true;
  for (const [signal, timeoutMs] of [
    ['SIGINT', patience.fastMs],
    ['SIGQUIT', patience.immediateMs],
    ['SIGKILL', 2000],
  ] as const) {
    send(pid, signal);
    if (await waitUntilGone(pid, timeoutMs)) {
      await rm(pidFile, { force: true });
      return true;
    }
  }
  throw new HeliosError(
    'data-folder-in-use',
    `A PostgreSQL server (process ${pid}) runs in ${folder.cluster} and does not stop`,
    {
      cure: `Stop process ${pid}, then start again.`,
    },
  );
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** A server works in its data directory all its life. Where the system cannot tell, the lock file is believed. */
async function worksIn(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const folder = await workingFolder(pid);
  return folder !== undefined && folder === (await realpath(cluster));
}
