import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorCodeOf } from '../database-errors.ts';

/** The blobs of all tenants as a backup reads them: files called `<tenant>/<name of the blob>`, which may come and go meanwhile. */
export interface BlobFiles {
  /** In ascending order. */
  names(): Promise<readonly string[]>;
  /** Undefined when the file is gone. */
  facts(name: string): Promise<{ readonly bytes: number; readonly modifiedAtMs: number } | undefined>;
  /** Its bytes; undefined, or a rejection with `ENOENT` when it is read, when the file is gone. */
  read(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** The files of a blob store in a folder. */
export function filesOfFolder(dir: string): BlobFiles {
  const fileOf = (name: string): string => path.join(dir, ...name.split('/'));
  return {
    async names() {
      const found = (await readdir(dir, { recursive: true, withFileTypes: true }).catch(undefinedWhenMissing)) ?? [];
      return (
        found
          // Names that begin with `~` are files that are being written.
          .filter((entry) => entry.isFile() && !entry.name.startsWith('~'))
          .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
          .sort()
      );
    },
    async facts(name) {
      const found = await stat(fileOf(name)).catch(undefinedWhenMissing);
      return found && { bytes: found.size, modifiedAtMs: Math.floor(found.mtimeMs) };
    },
    async read(name) {
      return createReadStream(fileOf(name));
    },
  };
}

/** Undefined for what says that a file is not there; rejects with anything else. */
export function undefinedWhenMissing(error: unknown): undefined {
  if (errorCodeOf(error) === 'ENOENT') return undefined;
  throw error;
}
