import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { HeliosError } from '@heliosiq/model';
import { flushFile, flushFolder, renameFlushed, writeFlushed } from '../../filesystem/flushed-files.ts';
import {
  contentsOf,
  decodeBackupManifest,
  encodeBackupManifest,
  type BackupManifest,
  type StoredContent,
} from './backup-manifest.ts';

/**
 * A folder of backups: `backups/<moment>.json` are the manifests, `objects/<first two digits>/<SHA-256>.zst` what they
 * speak of, each content once however many backups have it. A manifest appears last, whole, and after all its objects.
 */
export interface BackupFolder {
  /** Stores a content unless it is there; durable when it resolves. */
  store(source: AsyncIterable<Uint8Array>): Promise<StoredContent & { readonly isNew: boolean }>;
  /** The bytes of a content. Rejects with `conflict` when they are damaged, which the last of them may be needed to tell. */
  read(content: StoredContent): AsyncIterable<Buffer>;
  /** True when its object is there. */
  has(content: StoredContent): Promise<boolean>;
  /** Stores a manifest; the backup exists when it resolves. Returns its name. */
  add(manifest: BackupManifest): Promise<string>;
  /** All backups, the oldest first; rejects with `conflict` when a manifest is damaged. */
  list(): Promise<readonly NamedBackup[]>;
  /** Removes all but the newest backups, and what no other has when it was not used for a day; returns the names of those that went. */
  keepNewest(count: number): Promise<readonly string[]>;
}

export interface NamedBackup {
  readonly name: string;
  readonly manifest: BackupManifest;
}

/** An object that no manifest names may be of a backup that is being made: it stays for this long after its last use. */
const orphanMs = 86_400_000;

export function openBackupFolder(folder: string): BackupFolder {
  const root = path.resolve(folder);
  const [objects, backups] = [path.join(root, 'objects'), path.join(root, 'backups')];
  const objectOf = ({ sha256 }: Pick<StoredContent, 'sha256'>): string =>
    path.join(objects, sha256.slice(0, 2), `${sha256}.zst`);

  async function sizeOfObject(content: Pick<StoredContent, 'sha256'>): Promise<number | undefined> {
    return (await stat(objectOf(content)).catch(undefinedWhenMissing))?.size;
  }

  async function list(): Promise<readonly NamedBackup[]> {
    const names = ((await readdir(backups).catch(undefinedWhenMissing)) ?? []).filter((name) => name.endsWith('.json'));
    const found: NamedBackup[] = [];
    for (const name of names.sort()) {
      const decoded = decodeBackupManifest(await readFile(path.join(backups, name), 'utf8'));
      if (!decoded.ok) throw damaged(`The manifest ${name} cannot be used: ${decoded.reason}`);
      found.push({ name: name.replace(/\.json$/, ''), manifest: decoded.value });
    }
    return found.sort((a, b) => a.manifest.takenAt - b.manifest.takenAt);
  }

  return {
    async store(source) {
      await mkdir(objects, { recursive: true, mode: 0o700 });
      const draft = path.join(objects, `draft-${randomUUID()}`);
      const hash = createHash('sha256');
      let bytes = 0;
      const hashed = async function* (): AsyncGenerator<Uint8Array> {
        for await (const chunk of source) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
      };
      try {
        const packed = createZstdCompress();
        await pipeline(
          Readable.from(hashed(), { objectMode: false }),
          packed,
          createWriteStream(draft, { mode: 0o600, flags: 'wx' }),
        );
        const content = { bytes, sha256: hash.digest('hex') };
        if ((await sizeOfObject(content)) !== undefined) {
          await rm(draft);
          // As young as if it had been written now: it is not taken for a leftover.
          await utimes(objectOf(content), new Date(), new Date());
          return { ...content, isNew: false };
        }
        await flushFile(draft);
        const home = path.dirname(objectOf(content));
        await mkdir(home, { recursive: true, mode: 0o700 });
        await rename(draft, objectOf(content));
        await flushFolder(home);
        await flushFolder(objects);
        return { ...content, isNew: true };
      } catch (error) {
        await rm(draft, { force: true });
        throw asFolderFault(error);
      }
    },

    async *read(content) {
      const hash = createHash('sha256');
      let bytes = 0;
      const unpacked = createZstdDecompress();
      const stored = createReadStream(objectOf(content));
      const feeding = pipeline(stored, unpacked);
      feeding.catch(() => undefined); // told by the loop below, which reads the same stream
      try {
        for await (const chunk of unpacked) {
          hash.update(chunk);
          bytes += chunk.length;
          yield chunk;
        }
        await feeding;
      } catch (error) {
        if (codeOf(error) === 'ENOENT') throw damaged(`An object of the backup is missing: ${content.sha256}`, error);
        if (/^(?:ZSTD_|Z_|ERR_)/.test(String(codeOf(error)))) {
          throw damaged(`An object of the backup is damaged: ${content.sha256}`, error);
        }
        throw error;
      } finally {
        stored.destroy();
      }
      if (bytes !== content.bytes || hash.digest('hex') !== content.sha256) {
        throw damaged(`An object of the backup is damaged: ${content.sha256}`);
      }
    },

    has: async (content) => (await sizeOfObject(content)) !== undefined,

    async add(manifest) {
      await mkdir(backups, { recursive: true, mode: 0o700 });
      const moment = new Date(manifest.takenAt).toISOString().replaceAll(/[-:]/g, '');
      const name = `${moment}-${randomUUID().slice(0, 4)}`;
      const draft = path.join(backups, `${name}.draft`);
      try {
        await writeFlushed(draft, encodeBackupManifest(manifest));
        await renameFlushed(draft, path.join(backups, `${name}.json`));
        await flushFolder(root);
      } catch (error) {
        await rm(draft, { force: true });
        throw asFolderFault(error);
      }
      return name;
    },

    list,

    async keepNewest(count) {
      const all = await list();
      const gone = all.slice(0, Math.max(0, all.length - count));
      for (const { name } of gone) await rm(path.join(backups, `${name}.json`));
      if (gone.length > 0) await flushFolder(backups);
      const needed = new Set(
        all.slice(gone.length).flatMap(({ manifest }) => contentsOf(manifest).map(({ sha256 }) => sha256)),
      );
      for (const name of (await readdir(objects, { recursive: true }).catch(undefinedWhenMissing)) ?? []) {
        const file = path.join(objects, name);
        const sha256 = path.basename(name, '.zst');
        const found = await stat(file).catch(undefinedWhenMissing);
        if (found?.isFile() !== true || needed.has(sha256)) continue;
        if (found.mtimeMs < Date.now() - orphanMs) await rm(file, { force: true });
      }
      return gone.map(({ name }) => name);
    },
  };
}

function damaged(message: string, cause?: unknown): HeliosError {
  return new HeliosError('conflict', message, {
    cause,
    cure: 'Take another backup; `heliosiq backup --verify` looks through all of them.',
  });
}

/** A full disk is told as one. */
function asFolderFault(error: unknown): unknown {
  const code = codeOf(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new HeliosError('unavailable', 'The disk of the backups is full; what was begun does not count as a backup', {
    cause: error,
    cure: 'Make room, drop old backups with --keep, or choose another folder with --to.',
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function undefinedWhenMissing(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
  throw error;
}
