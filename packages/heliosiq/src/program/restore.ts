import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { lockDataFolder } from '@heliosiq/adapters/embedded-postgres/data-folder-lock.ts';
import { startEmbeddedPostgres } from '@heliosiq/adapters/embedded-postgres/embedded-postgres.ts';
import { flushFile, flushFolder } from '@heliosiq/adapters/filesystem/flushed-files.ts';
import type { BackupFolder, NamedBackup } from '@heliosiq/adapters/postgres/backup/backup-folder.ts';
import { contentsOf } from '@heliosiq/adapters/postgres/backup/backup-manifest.ts';
import { checkSteps, loadBackup } from '@heliosiq/adapters/postgres/backup/load-backup.ts';
import type { LoadedBackup, LoadOptions } from '@heliosiq/adapters/postgres/backup/load-backup.ts';
import { checkContents } from '@heliosiq/adapters/postgres/backup/take-backup.ts';
import { HeliosError } from '@heliosiq/model';
import type { Config } from '../config/settings.ts';
import { blobFolder } from './blob-folder.ts';
import { createLogger } from './logger.ts';
import { openBucket } from './open-blob-store.ts';
import { checkBucketEmpty, writeToBucket } from './restore-to-bucket.ts';

export interface RestoreOptions extends Pick<LoadOptions, 'onProgress' | 'signal'> {
  /** The state of this moment, milliseconds since the epoch; that of the newest backup when absent. */
  readonly toTime?: number | undefined;
}

export interface Restored extends LoadedBackup {
  readonly backup: string;
  readonly takenAt: number;
  readonly files: number;
}

/** What is being restored lies here, and moves to its place when all of it is right. */
const draftName = 'restoring';

/**
 * Restores a backup into an empty data folder, or into an empty database and folder or bucket of blobs. Everything is checked before
 * anything is written and compared afterwards; what was begun and failed is removed, and the place is as empty as before.
 */
export async function restore(config: Config, folder: BackupFolder, options: RestoreOptions = {}): Promise<Restored> {
  const { chosen, later } = chooseBackup(await folder.list(), options.toTime);
  const { onProgress, signal } = options;
  checkSteps(chosen.manifest);
  await checkContents(folder, contentsOf(chosen.manifest), { onProgress, signal });
  const load = { later, onProgress, signal };

  const dataDir = resolve(config.data);
  await mkdir(dataDir, { recursive: true });
  await using _lock = await lockDataFolder(dataDir);
  await using stack = new AsyncDisposableStack();
  const bucket = await openBucket(config, createLogger({ level: 'silent' }), stack);
  await bucket?.prove();
  await checkPlaces(config);
  if (bucket !== undefined) await checkBucketEmpty(bucket);
  const draft = join(dataDir, draftName);
  await rm(draft, { recursive: true, force: true });
  try {
    const blobDir = blobFolder(config);
    const isOwnBlobDir = dirname(blobDir) === dataDir;
    const blobDraft = isOwnBlobDir ? join(draft, 'blobs') : blobDir;
    const files = { ...chosen, onProgress, signal };
    if (bucket === undefined) await writeFiles(blobDraft, folder, files);
    const inBucket = bucket && stack.use(await writeToBucket(bucket, folder, files));
    const loaded =
      config.databaseUrl === undefined
        ? await loadEmbedded(join(draft, 'postgres'), { folder, ...chosen }, load)
        : await loadBackup(config.databaseUrl, { folder, ...chosen }, load);
    // The database last: a folder without one is still empty for the next try.
    if (bucket === undefined && isOwnBlobDir && chosen.manifest.files.length > 0) await rename(blobDraft, blobDir);
    if (config.databaseUrl === undefined) await rename(join(draft, 'postgres'), join(dataDir, 'postgres'));
    await flushFolder(dataDir);
    inBucket?.keep();
    const { takenAt } = chosen.manifest;
    return { ...loaded, backup: chosen.name, takenAt, files: chosen.manifest.files.length };
  } finally {
    await rm(draft, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** The newest backup, or the newest of before a moment and the one whose log goes on to it. */
function chooseBackup(backups: readonly NamedBackup[], toTime: number | undefined) {
  const chosen = backups.findLast(({ manifest }) => toTime === undefined || manifest.takenAt <= toTime);
  if (chosen === undefined) {
    const [first] = backups;
    throw new HeliosError('not-found', first === undefined ? 'There is no backup' : 'There is no backup that old', {
      cure:
        first === undefined
          ? 'Check --from.'
          : `The oldest one is of ${new Date(first.manifest.takenAt).toISOString()}; give a later --to-time.`,
    });
  }
  if (toTime === undefined) return { chosen, later: undefined };
  const next = backups.find(({ manifest }) => manifest.takenAt > chosen.manifest.takenAt);
  return { chosen, later: next && { manifest: next.manifest, until: toTime } };
}

/** Nothing is ever written over. */
async function checkPlaces(config: Config): Promise<void> {
  const dataDir = resolve(config.data);
  const isNothing = (name: string): boolean => name === draftName || name.startsWith('heliosiq.lock.');
  for (const [place, names] of [
    [dataDir, (await readdir(dataDir)).filter((name) => !isNothing(name))],
    [blobFolder(config), await readdir(blobFolder(config)).catch(() => [])],
  ] as const) {
    if (names.length === 0) continue;
    throw new HeliosError('conflict', `The folder ${place} is not empty: it has ${names[0]}`, {
      cure: 'Restore into an empty folder (--data DIR), and move the old one away first.',
    });
  }
}

async function loadEmbedded(
  serverDir: string,
  backup: Parameters<typeof loadBackup>[1],
  options: LoadOptions,
): Promise<LoadedBackup> {
  await mkdir(serverDir, { recursive: true });
  await using server = await startEmbeddedPostgres({ dataDir: serverDir });
  return await loadBackup(server.url, backup, options);
}

async function writeFiles(
  dir: string,
  folder: BackupFolder,
  { manifest, onProgress, signal }: NamedBackup & RestoreOptions,
): Promise<void> {
  const folders = new Set<string>();
  for (const [done, { name, ...content }] of manifest.files.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ step: 'writing', what: name, done, total: manifest.files.length });
    const file = join(dir, ...name.split('/'));
    if (!folders.has(dirname(file))) await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    folders.add(dirname(file));
    // What is read proves itself by its checksum at its end.
    await pipeline(
      Readable.from(folder.read(content), { objectMode: false }),
      createWriteStream(file, { mode: 0o600, flags: 'wx' }),
    );
    await flushFile(file);
  }
  for (const each of folders) await flushFolder(each);
}
