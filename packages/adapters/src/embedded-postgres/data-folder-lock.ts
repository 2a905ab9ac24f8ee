import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HeliosError } from '@heliosiq/model';
import { errorCode } from './error-code.ts';
import { isRunning, startMark } from './process-facts.ts';

const lockName = 'heliosiq.lock';

/** What a lock file says about its holder. */
interface Holder {
  readonly pid: number;
  /** Where the system has one: a process with this id and another mark is a later one. */
  readonly startMark?: string | undefined;
  readonly token: string;
}

/**
 * Makes this program the only one that uses a data folder, until disposed or dead. Rejects with `data-folder-in-use`
 * when another living program has it; what a killed one left is taken over.
 */
export async function lockDataFolder(folder: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true });
  const lockFile = path.join(folder, lockName);
  const token = randomUUID();
  const ownFile = path.join(folder, `${lockName}.${token}`);
  const holder: Holder = { pid: process.pid, startMark: await startMark(process.pid), token };
  await writeFile(ownFile, JSON.stringify(holder), { mode: 0o644 });
  try {
    // A link appears at once with its content, and only if the name is free.
    for (let attempt = 0; attempt < 10; attempt += 1) {
      if (await linked(ownFile, lockFile)) return release(lockFile, token);
      await removeIfStale(folder, lockFile);
    }
  } finally {
    await unlink(ownFile);
  }
  throw new HeliosError('data-folder-in-use', `The data folder ${folder} is being taken by several programs at once`, {
    cure: 'Start one program per data folder.',
  });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead holder's lock aside; throws when its holder lives. */
async function removeIfStale(folder: string, lockFile: string): Promise<void> {
  const holder = await readHolder(lockFile);
  if (holder !== undefined && (await lives(holder))) throw inUse(folder, holder.pid);
  const aside = `${lockFile}.stale.${randomUUID()}`;
  try {
    await rename(lockFile, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  // Between the look and the move a third program may have taken the lock: then it gets it back.
  const moved = await readHolder(aside);
  const movedLives = moved !== undefined && (await lives(moved));
  if (movedLives) await linked(aside, lockFile);
  await unlink(aside);
  if (movedLives) throw inUse(folder, moved.pid);
}

function inUse(folder: string, pid: number): HeliosError {
  return new HeliosError('data-folder-in-use', `The data folder ${folder} is in use by process ${pid}`, {
    cure: `Stop process ${pid} first, or start with another folder (--data DIR).`,
  });
}

async function lives(holder: Holder): Promise<boolean> {
  if (!(await isRunning(holder.pid))) return false;
  const mark = await startMark(holder.pid);
  return mark === undefined || holder.startMark === undefined || mark === holder.startMark;
}

/** Undefined when there is no lock or it cannot be read as one. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isHolder(read) ? read : undefined;
  } catch (error) {
    if (errorCode(error) === 'EACCES') throw error;
    return undefined;
  }
}

function isHolder(read: unknown): read is Holder {
  if (typeof read !== 'object' || read === null || !('pid' in read) || !('token' in read)) return false;
  return Number.isSafeInteger(read.pid) && Number(read.pid) > 0 && typeof read.token === 'string';
}

function release(lockFile: string, token: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      const holder = await readHolder(lockFile);
      if (holder?.token === token) await unlink(lockFile);
    },
  };
}
