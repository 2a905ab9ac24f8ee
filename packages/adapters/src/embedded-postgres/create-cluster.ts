import { spawn } from 'node:child_process';
import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HeliosError } from '@heliosiq/model';
import { flushFile, flushFolder, renameFlushed } from '../filesystem/flushed-files.ts';
import type { ServerBinaries } from './server-binaries.ts';
import { clearDraft, type ServerFolder } from './server-folder.ts';
import type { ServerUser } from './server-user.ts';

/** The superuser of the cluster. */
const adminRole = 'helios_admin';

/** The ordinary role and the database that programs use. */
export const programRole = 'helios';
export const programDatabase = 'helios';

// Nobody may log in by the rules that initdb writes; they are replaced before the first start.
const initdbArguments = [
  ...[`--username=${adminRole}`, '--auth=reject', '--encoding=UTF8', '--no-instructions'],
  ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  // Until files of the write-ahead log are used again, who needs the next one fills it with zeros and flushes it while all commits
  // wait: 2 ms for one of 1 MB, 70 ms for one of the usual 16 MB on the same disk.
  '--wal-segsize=1',
];

const accessRules = 'host all all 127.0.0.1/32 scram-sha-256\n';

/**
 * The data directory as its server names it. Its working folder, looked up through `/proc`, needs no right to pass
 * the parent folders: so a server that dropped root's rights can work below root's home.
 */
export function folderArgument(folder: string, user: ServerUser | undefined): string {
  return user !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : folder;
}

/** Makes a cluster with role and database beside its final place and moves it there when it is whole. */
export async function createCluster(options: {
  readonly folder: ServerFolder;
  readonly binaries: ServerBinaries;
  readonly user: ServerUser | undefined;
  readonly password: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { folder, binaries, user, password, signal } = options;
  await clearDraft(folder);
  await mkdir(folder.draft, { mode: 0o700 });
  if (user !== undefined) await chown(folder.draft, user.uid, user.gid);
  const shared = { cwd: folder.draft, user, signal };
  const data = folderArgument(folder.draft, user);
  await run(binaries.initdb, ['-D', data, ...initdbArguments], { ...shared, input: '' });
  await writeFile(path.join(folder.draft, 'pg_hba.conf'), accessRules, { mode: 0o600 });
  // The password is made of letters, digits, `-` and `_`: it needs no quoting beyond this.
  const statements = [
    `alter role ${adminRole} password '${password}'`,
    `create role ${programRole} login password '${password}'`,
    `create database ${programDatabase} owner ${programRole}`,
  ];
  await run(binaries.postgres, ['--single', '-D', data, 'template1'], {
    ...shared,
    input: statements.map((statement) => `${statement};\n`).join(''),
  });
  await rm(folder.cluster, { recursive: true, force: true });
  // What the server's own programs wrote they have flushed themselves.
  await flushFile(path.join(folder.draft, 'pg_hba.conf'));
  await flushFolder(folder.draft);
  await renameFlushed(folder.draft, folder.cluster);
}

async function run(
  program: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly user: ServerUser | undefined;
    readonly signal: AbortSignal | undefined;
    readonly input: string;
  },
): Promise<void> {
  const child = spawn(program, args, {
    ...options.user,
    cwd: options.cwd,
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  // A program that ends without reading its input says why by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  let failure: Error | undefined;
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => {
      failure = error;
      // One that never ran has nothing to wait for.
      if (child.pid === undefined) reject(error);
    });
    // Comes when its own helpers have ended as well: until then they may still write into the folder.
    child.once('close', resolve);
  });
  if (failure !== undefined) throw failure;
  // Single-user mode reports a failed statement and ends with 0.
  if (code === 0 && !/^.*(?:ERROR|FATAL):/m.test(output)) return;
  throw new HeliosError(
    'internal',
    `${path.basename(program)} failed: ${output.trim().split('\n').slice(-6).join('\n')}`,
  );
}
