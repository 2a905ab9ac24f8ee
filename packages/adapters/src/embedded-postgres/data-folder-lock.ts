import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HeliosError } from '@heliosiq/model';
import { errorCode } from './error-code.ts';
import { isRunning, startMark } from './process-facts.ts';

/**
 * A folder's lock is the file `heliosiq.lock.<n>` with the highest number; it names its holder. Whoever finds the
 * holder gone makes the file with the next number, which only one can do, and removes lower ones. The highest file is
 * never removed, only emptied at release, so that a slow program cannot mistake an old state for the present one.
 */
const lockName = /^heliosiq\.lock\.(\d{1,15})$/;

/** What a lock file says about its holder. */
interface Holder {
  readonly pid: number;
  /** Where the system has one: a process with this id and another mark is a later one. */
  readonly startMark?: string | undefined;
}

/** Programs that start at the same moment may have to look again. */
const attemptsMax = 50;

/**
 * Makes this program the only one that uses a data folder, until disposed or dead. Rejects with `data-folder-in-use`
 * when another living program has it; what a killed one left is taken over.
 */
export async function lockDataFolder(folder: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true });
  const draft = path.join(folder, `heliosiq.lock.draft.${randomUUID()}`);
  const holder: Holder = { pid: process.pid, startMark: await startMark(process.pid) };
  await writeFile(draft, JSON.stringify(holder));
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const last = Math.max(0, ...(await lockNumbers(folder)));
      const present = last === 0 ? undefined : await readHolder(lockFile(folder, last));
      if (present !== undefined && (await lives(present))) throw inUse(folder, present.pid);
      const own = last + 1;
      // A link appears at once with its content, and only if the name is free.
      if (!(await linked(draft, lockFile(folder, own)))) continue;
      const numbers = await lockNumbers(folder);
      if (numbers.some((number) => number > own)) {
        await removeFile(lockFile(folder, own));
        continue;
      }
      await Promise.all(numbers.filter((number) => number < own).map((number) => removeFile(lockFile(folder, number))));
      return { [Symbol.asyncDispose]: () => release(lockFile(folder, own)) };
    }
  } finally {
    await unlink(draft);
  }
  throw new HeliosError('data-folder-in-use', `The data folder ${folder} is being taken by several programs at once`, {
    cure: 'Start one program per data folder.',
  });
}

function lockFile(folder: string, number: number): string {
  return path.join(folder, `heliosiq.lock.${number}`);
}

async function lockNumbers(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).flatMap((name) => {
    const number = lockName.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
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

async function removeFile(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    // Several programs may clean up at once.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** An empty file is a released one. */
async function release(file: string): Promise<void> {
  try {
    await truncate(file);
  } catch (error) {
    // The whole folder was removed meanwhile.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
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

/** Undefined when there is no lock, or an empty one: released, or lost in a power failure. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isHolder(read) ? read : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isHolder(read: unknown): read is Holder {
  return typeof read === 'object' && read !== null && 'pid' in read && Number.isSafeInteger(read.pid);
}
