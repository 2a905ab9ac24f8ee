import { spawn, type ChildProcess } from 'node:child_process';
import type { ServerUser } from './server-user.ts';

/**
 * A shell that becomes the server (`exec` keeps the process id) and leaves a watcher behind. The watcher waits on a
 * pipe whose other end this program holds: when the program dies in whatever way, the pipe closes, and the watcher
 * asks the server to stop. A line on the pipe says that the server is gone already and releases the watcher.
 */
const script = `
server=$$
exec 3<&0
( ( if ! read -r line <&3; then kill -INT $server; fi ) </dev/null >/dev/null 2>&1 & )
exec "$@" 3<&- </dev/null
`;

export interface GuardedProcess {
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a long-lived program that stops by SIGINT when this program dies, even by SIGKILL. It is in a process group of
 * its own, so that Ctrl-C in a terminal reaches this program alone, which then stops it in order.
 */
export async function spawnGuarded(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly user: ServerUser | undefined; readonly outputFd: number },
): Promise<GuardedProcess> {
  const child = spawn('/bin/sh', ['-c', script, 'heliosiq-postgres', program, ...args], {
    ...options.user,
    cwd: options.cwd,
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    detached: true,
    stdio: ['pipe', options.outputFd, options.outputFd],
  });
  const exited = new Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      releaseWatcher(child);
      resolve({ code, signal });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  // An error after the start (a signal that could not be sent) shows in what `exited` says.
  child.on('error', () => {});
  const { pid } = child;
  if (pid === undefined) throw new Error('a process that was started has an id');
  // The server and its pipe must not keep the program alive by themselves: who started it decides when to stop it.
  child.unref();
  return { pid, exited, kill: (signal) => void child.kill(signal) };
}

function releaseWatcher(child: ChildProcess): void {
  child.stdin?.on('error', () => {});
  child.stdin?.end('gone\n');
}
