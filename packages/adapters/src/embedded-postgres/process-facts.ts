import { readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from './error-code.ts';

/**
 * True when a process of this id runs. A dead one that nobody has collected yet (a zombie, seen in containers whose
 * first process is slow to reap) is not running, although signals still find it.
 */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to someone else.
    if (errorCode(error) !== 'EPERM') return false;
  }
  const state = (await statFields(pid))?.[0];
  return state !== 'Z' && state !== 'X';
}

/** When the process began, in a unit of the system; tells a process from a later one with the same id. Linux only. */
export async function startMark(pid: number): Promise<string | undefined> {
  // Field 22 of proc(5) `stat`; the fields here begin with the third.
  return (await statFields(pid))?.[19];
}

/** The folder that a process works in. Linux only. */
export async function workingFolder(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/cwd`).catch(() => undefined);
}

/** Waits until no such process runs; false when it still did after `timeoutMs`. */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (await isRunning(pid)) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

async function statFields(pid: number): Promise<readonly string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses and may hold blanks.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}
