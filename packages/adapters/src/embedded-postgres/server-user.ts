import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { HeliosError } from '@heliosiq/model';

/** An ordinary user to run as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Users that systems have for such a purpose, the most fitting first. */
const candidates = ['postgres', 'nobody'];

/** PostgreSQL refuses to run as root: who to be instead, or undefined when this program is an ordinary user already. */
export async function serverUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const candidate of candidates) {
    const [, , uid, gid] = lines.find(([name]) => name === candidate) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new HeliosError('config-invalid', 'PostgreSQL cannot run as root, and there is no ordinary user for it', {
    cure: 'Start HeliosIQ as an ordinary user, or add a user named "postgres" (useradd --system postgres).',
  });
}

/** True when the user can read a file, all of its parent folders considered. */
export async function canReach(user: ServerUser, file: string): Promise<boolean> {
  // Asked of the system itself: modes, access lists and mounts all count.
  const child = spawn('/bin/sh', ['-c', 'test -r "$1"', 'sh', file], { ...user, cwd: '/', stdio: 'ignore', env: {} });
  const [code] = (await once(child, 'exit')) as [number | null]; // the documented arguments of `exit`
  return code === 0;
}
