/** A clone of a Git repository that is kept at the tip of one branch. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { HeliosError } from '@heliosiq/model';

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;
const OUTPUT_BYTES_MAX = 2 ** 20;
/** Asks nobody for a password, which would be waited for without end, and runs no hook and no helper that an address names. */
const CAUTION = [
  ['core.hooksPath', '/dev/null'],
  ['core.askPass', 'true'],
  ['core.sshCommand', 'ssh -oBatchMode=yes'],
  ['protocol.ext.allow', 'never'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`]);

export interface GitClone {
  /** `https://`, `ssh://`, `git@host:path`, or the path of a repository on this machine. */
  readonly url: string;
  /** The default branch when absent. */
  readonly branch?: string;
  /** Where the clone is; nobody else may write there. */
  readonly folder: string;
}

/**
 * Fetches the tip of the branch alone and checks it out; gives the commit. Nothing of the repository is run: hooks and
 * filters of others are not in a clone, and submodules are left out. Rejects with `unavailable` and Git's last words.
 */
export async function refreshClone({ url, branch, folder }: GitClone, signal: AbortSignal): Promise<string> {
  if (url.startsWith('-') || branch?.startsWith('-') === true) {
    throw new HeliosError('config-invalid', 'the address and the branch of a repository do not begin with a dash');
  }
  const git = async (words: readonly string[], cwd?: string): Promise<string> => {
    try {
      const { stdout } = await run('git', [...CAUTION, ...words], {
        ...(cwd !== undefined && { cwd }),
        signal,
        timeout: TIMEOUT_MS,
        maxBuffer: OUTPUT_BYTES_MAX,
      });
      return stdout.trim();
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw new HeliosError('unavailable', `git ${words[0] ?? ''} failed: ${lastWords(cause)}`, { cause });
    }
  };
  if (!existsSync(join(folder, '.git'))) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    const only = ['--depth', '1', '--single-branch', ...(branch === undefined ? [] : ['--branch', branch])];
    await git(['clone', '--quiet', ...only, '--', url, folder]);
  } else {
    await git(['fetch', '--quiet', '--depth', '1', '--', url, branch ?? 'HEAD'], folder);
    await git(['reset', '--quiet', '--hard', 'FETCH_HEAD'], folder);
    await git(['clean', '--quiet', '-ffdx'], folder);
  }
  return git(['rev-parse', 'HEAD'], folder);
}

function lastWords(cause: unknown): string {
  const stderr = cause instanceof Error && 'stderr' in cause && typeof cause.stderr === 'string' ? cause.stderr : '';
  // An address may hold a password.
  return (
    (stderr.trim().split('\n').at(-1) ?? '').replace(/\/\/[^@/\s]+@/g, '//***@').slice(0, 300) || 'no reason given'
  );
}
