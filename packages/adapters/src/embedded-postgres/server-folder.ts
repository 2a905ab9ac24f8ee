import { chown, lchown, mkdir, readdir, readFile, rm, rename, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { HeliosError } from '@heliosiq/model';
import { flushFolder, renameFlushed, writeFlushed } from '../filesystem/flushed-files.ts';
import { errorCode } from './error-code.ts';
import type { ServerUser } from './server-user.ts';

/** The parts of an embedded server's folder. */
export interface ServerFolder {
  readonly home: string;
  /** PostgreSQL's own data directory; it appears by a rename, complete. */
  readonly cluster: string;
  /** Where the next cluster is being made; what an interrupted start left is removed. */
  readonly draft: string;
  readonly portFile: string;
  readonly passwordFile: string;
  readonly logFile: string;
}

/** A log beyond this size is set aside at the next start. */
const logBytesMax = 4_000_000;

export function serverFolder(home: string): ServerFolder {
  const inside = (name: string): string => path.join(home, name);
  return {
    home,
    cluster: inside('cluster'),
    draft: inside('cluster.draft'),
    portFile: inside('port'),
    passwordFile: inside('password'),
    logFile: inside('postgres.log'),
  };
}

/** Makes the folder where it is missing, and refuses one that holds something else or another major version. */
export async function prepareServerFolder(
  folder: ServerFolder,
  major: number,
  user: ServerUser | undefined,
): Promise<void> {
  try {
    await prepare(folder, major, user);
  } catch (error) {
    if (errorCode(error) !== 'EACCES' && errorCode(error) !== 'EPERM') throw error;
    throw new HeliosError('config-invalid', `The folder ${folder.home} belongs to another user`, {
      cause: error,
      cure: 'Start HeliosIQ as the user who started it there before, or choose another folder (--data DIR).',
    });
  }
}

async function prepare(folder: ServerFolder, major: number, user: ServerUser | undefined): Promise<void> {
  await mkdir(folder.home, { recursive: true, mode: 0o700 });
  await flushFolder(path.dirname(folder.home));
  const version = await readText(path.join(folder.cluster, 'PG_VERSION'));
  if (version === undefined) {
    const foreign = (await readdir(folder.home)).filter((name) => !isOwnName(folder, name));
    if (foreign.length > 0 || (await exists(folder.cluster))) {
      throw new HeliosError(
        'config-invalid',
        `The folder ${folder.home} holds something that is not HeliosIQ's database`,
        {
          cure: 'Choose an empty folder (--data DIR), or move its content away.',
        },
      );
    }
  } else if (Number.parseInt(version, 10) !== major) {
    throw new HeliosError(
      'config-invalid',
      `The database in ${folder.home} was made by PostgreSQL ${version.trim()}; this program brings PostgreSQL ${major}`,
      { cure: 'Use the version of HeliosIQ that made it, or dump and restore (docs/operate).' },
    );
  }
  if (user !== undefined) {
    await chown(folder.home, user.uid, user.gid);
    // A folder that was copied or restored by root.
    const cluster = await stat(folder.cluster).catch(() => undefined);
    if (cluster !== undefined && cluster.uid !== user.uid) await giveTo(user, folder.cluster);
  }
  const log = await stat(folder.logFile).catch(() => undefined);
  if (log !== undefined && log.size > logBytesMax) await rename(folder.logFile, `${folder.logFile}.1`);
}

async function giveTo(user: ServerUser, folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true }))
    await lchown(path.join(folder, name), user.uid, user.gid);
  // The folder itself comes last: an interrupted change is begun anew.
  await chown(folder, user.uid, user.gid);
}

/** The password of the folder's server, made at the first start; only the folder's owner can read it. */
export async function serverPassword(folder: ServerFolder): Promise<string> {
  const known = await readText(folder.passwordFile);
  if (known !== undefined && known.length >= 32) return known;
  const password = randomBytes(24).toString('base64url');
  // It must outlive a power failure as surely as the cluster that asks for it.
  const draft = `${folder.passwordFile}.draft`;
  await rm(draft, { force: true });
  await writeFlushed(draft, password);
  await renameFlushed(draft, folder.passwordFile);
  return password;
}

export async function rememberedPort(folder: ServerFolder): Promise<number | undefined> {
  const port = Number(await readText(folder.portFile));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

export async function hasCluster(folder: ServerFolder): Promise<boolean> {
  return exists(path.join(folder.cluster, 'PG_VERSION'));
}

export async function clearDraft(folder: ServerFolder): Promise<void> {
  // Helpers of a set-up that was killed may write for a moment longer.
  await rm(folder.draft, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/** Length of the server's log: what a later start adds comes behind it. */
export async function logLength(folder: ServerFolder): Promise<number> {
  return (await stat(folder.logFile).catch(() => undefined))?.size ?? 0;
}

/** The last lines that the log got since it had that length, for an error's message. */
export async function logSince(folder: ServerFolder, length: number): Promise<string> {
  const bytes = await readFile(folder.logFile).catch(() => Buffer.alloc(0));
  return bytes.subarray(length).toString('utf8').trim().split('\n').slice(-6).join('\n');
}

/** A file's text; undefined when it is not there. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isOwnName(folder: ServerFolder, name: string): boolean {
  const { draft, portFile, passwordFile, logFile } = folder;
  const own = [draft, portFile, passwordFile, `${passwordFile}.draft`, logFile, `${logFile}.1`];
  return own.some((file) => path.basename(file) === name);
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}
