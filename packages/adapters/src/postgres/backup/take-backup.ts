import { Client } from 'pg';
import { HeliosError } from '@heliosiq/model';
import { asDatabaseFault, errorCodeOf } from '../database-errors.ts';
import type { BackupFolder } from './backup-folder.ts';
import type { BackupManifest, StoredContent, StoredFile, StoredTable } from './backup-manifest.ts';
import type { BackupProgress } from './backup-progress.ts';
import { filesOfFolder, undefinedWhenMissing, type BlobFiles } from './blob-files.ts';
import { readDatabaseShape, type DatabaseShape } from './database-shape.ts';
import { readRows } from './table-rows.ts';

export interface BackupSource {
  /** The database; the program may be at work in it. */
  readonly url: string;
  /** The folder of the blob store; absent where there is none. */
  readonly blobDir?: string | undefined;
  /** The blobs where they are not in a folder. */
  readonly blobs?: BlobFiles | undefined;
  /** Version of the program. */
  readonly program: string;
}

export interface BackupOptions {
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TakenBackup {
  readonly name: string;
  readonly manifest: BackupManifest;
  /** Bytes before compression that no backup of the folder had. */
  readonly newBytes: number;
}

/** Files come and go while they are read: so often they are listed again. */
const listingsMax = 10;

/**
 * Takes a backup of one moment while the program goes on: all tables as one snapshot shows them, then the blobs, which
 * are immutable and may be a little ahead, as after a crash. Contents that the folder has are not stored again. What is new
 * is read back and compared before the backup counts.
 */
export async function takeBackup(
  source: BackupSource,
  folder: BackupFolder,
  { onProgress, signal }: BackupOptions = {},
): Promise<TakenBackup> {
  const snapshot = await openSnapshot(source.url);
  try {
    const { shape, server, takenAt } = snapshot;
    const news: StoredContent[] = [];
    const tables: StoredTable[] = [];
    for (const [done, table] of shape.tables.entries()) {
      signal?.throwIfAborted();
      onProgress?.({ step: 'reading', what: table.name, done, total: shape.tables.length });
      let rows = 0;
      const { isNew, ...content } = await snapshot.read((client) =>
        folder.store(readRows(client, table, (count) => (rows = count))),
      );
      if (isNew) news.push(content);
      tables.push({ ...table, ...content, rows });
    }
    const before = (await folder.list()).at(-1)?.manifest.files ?? [];
    const blobs = source.blobs ?? (source.blobDir === undefined ? undefined : filesOfFolder(source.blobDir));
    const { files, news: newFiles } =
      blobs === undefined ? { files: [], news: [] } : await storeFiles(blobs, folder, { before, onProgress, signal });
    const manifest: BackupManifest = {
      ...{ format: 1, program: source.program, server, takenAt, steps: shape.steps },
      ...{ tables, sequences: shape.sequences, files },
    };
    news.push(...newFiles);
    await checkContents(folder, news, { onProgress, signal });
    const newBytes = news.reduce((sum, { bytes }) => sum + bytes, 0);
    return { name: await folder.add(manifest), manifest, newBytes };
  } catch (error) {
    throw asDatabaseFault(error);
  } finally {
    await snapshot.close();
  }
}

/** Reads contents, such as all of a backup; rejects with `conflict` at the first that is damaged or missing. */
export async function checkContents(
  folder: BackupFolder,
  contents: readonly StoredContent[],
  { onProgress, signal }: BackupOptions = {},
): Promise<void> {
  for (const [done, content] of contents.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ step: 'checking', what: content.sha256.slice(0, 12), done, total: contents.length });
    for await (const _ of folder.read(content));
  }
}

/** One moment of a database, as long as it is held open. Tables are locked only while they are read. */
interface Snapshot {
  readonly shape: DatabaseShape;
  readonly server: number;
  readonly takenAt: number;
  read<T>(work: (client: Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

async function openSnapshot(url: string): Promise<Snapshot> {
  const [holder, reader] = [new Client(url), new Client(url)];
  // A connection that breaks tells the statement under way.
  for (const client of [holder, reader]) client.on('error', () => undefined);
  const begin = 'begin isolation level repeatable read read only';
  const seeAll = `set local helios.tenant = '*'; set local statement_timeout = 0`;
  const close = async (): Promise<void> => {
    await Promise.allSettled([holder.end(), reader.end()]);
  };
  try {
    await holder.connect();
    await reader.connect();
    await holder.query(`${begin}; ${seeAll}`);
    const exported = await holder.query<{ id: string; at: string; server: string }>(
      `select pg_export_snapshot() as id, floor(extract(epoch from clock_timestamp()) * 1000)::text as at,
              current_setting('server_version_num') as server`,
    );
    const [facts] = exported.rows;
    if (facts === undefined) throw new HeliosError('internal', 'The database gave no snapshot');

    const read = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
      await reader.query(`${begin}; set transaction snapshot '${facts.id}'; ${seeAll}`);
      try {
        const result = await work(reader);
        await reader.query('commit');
        return result;
      } catch (error) {
        await reader.query('rollback').catch(() => undefined);
        if (errorCodeOf(error) !== '42P01') throw error;
        throw new HeliosError('unavailable', 'A table was dropped while the backup was taken', {
          cause: error,
          cure: 'Try again: retention drops months that are over.',
        });
      }
    };
    const shape = await read(readDatabaseShape);
    return { shape, server: Number(facts.server), takenAt: Number(facts.at), read, close };
  } catch (error) {
    await close();
    throw asDatabaseFault(error);
  }
}

interface FilesBefore extends BackupOptions {
  /** The files of the backup before. */
  readonly before: readonly StoredFile[];
}

/** Stores files as they are at the last look at them. */
async function storeFiles(
  blobs: BlobFiles,
  folder: BackupFolder,
  { before, onProgress, signal }: FilesBefore,
): Promise<{ readonly files: readonly StoredFile[]; readonly news: readonly StoredContent[] }> {
  const stored = new Map(before.map((file) => [file.name, file]));
  const news: StoredContent[] = [];
  for (let listing = 1; ; listing += 1) {
    const names = await blobs.names();
    const files: StoredFile[] = [];
    for (const [done, name] of names.entries()) {
      signal?.throwIfAborted();
      onProgress?.({ step: 'reading', what: name, done, total: names.length });
      const facts = await blobs.facts(name);
      if (facts === undefined) continue;
      const { modifiedAtMs } = facts;
      const known = stored.get(name);
      const isSame = known?.bytes === facts.bytes && known.modifiedAtMs === modifiedAtMs;
      if (known !== undefined && isSame && (await folder.has(known))) {
        files.push(known);
        continue;
      }
      const source = await blobs.read(name);
      const content = source && (await folder.store(source).catch(undefinedWhenMissing));
      if (content === undefined) continue;
      const { isNew, ...rest } = content;
      if (isNew) news.push(rest);
      const kept = { name, ...rest, modifiedAtMs };
      stored.set(name, kept);
      files.push(kept);
    }
    // A merge removes files after it has written the one that they are in: what went must be looked for again.
    if (files.length === names.length) return { files, news };
    if (listing === listingsMax) {
      throw new HeliosError('unavailable', 'The blobs change faster than they can be read', { cure: 'Try again.' });
    }
  }
}
