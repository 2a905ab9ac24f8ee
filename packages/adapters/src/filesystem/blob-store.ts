import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { HeliosError, TenantId } from '@heliosiq/model';
import type { BlobStore } from '@heliosiq/ports';
import { checkedBlobName, checkedBlobPrefix } from '../blob-name.ts';
import { checkedLimit } from '../limits.ts';
import { flushFolder, writeFlushed } from './flushed-files.ts';
import { treeNames } from './tree-names.ts';

/** Names of files that are being written begin with this, which no blob's segment can: `~` is not allowed in names. */
const draftPrefix = '~';
const missingCodes = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP']);

/**
 * A blob store in a folder: one file a blob in a folder a tenant, readable by the owner alone.
 *
 * A blob is written beside its place, flushed, renamed into it and its folder flushed, so that it is there whole or not at
 * all, also after a power cut. Symbolic links are never followed below the folder. `a` and `a/b` cannot both be blobs:
 * the second one rejects with `conflict`.
 */
export function createFilesystemBlobStore({ dir }: { readonly dir: string }): BlobStore {
  const root = path.resolve(dir);

  function folderOf(tenantId: TenantId): string {
    // Branded ids are parsed at the edge; this one becomes a path, so it is looked at once more.
    return path.join(root, TenantId.parse(tenantId));
  }

  /** Makes the folders down to a blob, one by one, each a real folder and no link. */
  async function makeFolders(tenantId: TenantId, segments: readonly string[]): Promise<string> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    let folder = root;
    for (const segment of [TenantId.parse(tenantId), ...segments]) {
      const parent = folder;
      folder = path.join(parent, segment);
      const isNew = await mkdir(folder, { mode: 0o700 }).then(
        () => true,
        (error: unknown) => {
          if (codeOf(error) === 'EEXIST') return false;
          throw error;
        },
      );
      if (isNew) await flushFolder(parent);
      else await checkFolder(folder);
    }
    return folder;
  }

  /** True when every folder down to a blob is a real folder and no link. */
  async function hasFolders(tenantId: TenantId, segments: readonly string[]): Promise<boolean> {
    let folder = folderOf(tenantId);
    for (const segment of ['', ...segments]) {
      folder = path.join(folder, segment);
      const found = await lstat(folder).catch(undefinedWhenMissing);
      if (found?.isDirectory() !== true) return false;
    }
    return true;
  }

  return {
    async put(tenantId, name, bytes) {
      const segments = checkedBlobName(name).split('/');
      const file = segments.pop() ?? '';
      const folder = await makeFolders(tenantId, segments);
      const draft = path.join(folder, `${draftPrefix}${randomUUID()}`);
      try {
        await writeFlushed(draft, bytes);
        await rename(draft, path.join(folder, file));
      } catch (error) {
        await rm(draft, { force: true });
        if (codeOf(error) === 'EISDIR' || codeOf(error) === 'ENOTEMPTY') throw taken(error);
        throw error;
      }
      await flushFolder(folder);
    },

    async get(tenantId, name) {
      const segments = checkedBlobName(name).split('/');
      const file = path.join(folderOf(tenantId), ...segments);
      if (!(await hasFolders(tenantId, segments.slice(0, -1)))) return undefined;
      const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(undefinedWhenMissing);
      if (handle === undefined) return undefined;
      await using opened: FileHandle = handle;
      if (!(await opened.stat()).isFile()) return undefined;
      return await opened.readFile();
    },

    async list(tenantId, prefix, { limit, after }) {
      checkedLimit(limit, 10_000);
      checkedBlobPrefix(prefix);
      return treeNames(folderOf(tenantId), { prefix, limit, after, ignores: (entry) => entry.startsWith(draftPrefix) });
    },

    async remove(tenantId, name) {
      const segments = checkedBlobName(name).split('/');
      const file = path.join(folderOf(tenantId), ...segments);
      if (!(await hasFolders(tenantId, segments.slice(0, -1)))) return false;
      const found = await lstat(file).catch(undefinedWhenMissing);
      if (found?.isFile() !== true) return false;
      const isGone = await rm(file).then(
        () => true,
        (error: unknown) => undefinedWhenMissing(error) ?? false,
      );
      if (isGone) await flushFolder(path.dirname(file));
      return isGone;
    },
  };
}

async function checkFolder(folder: string): Promise<void> {
  const found = await lstat(folder);
  if (found.isDirectory()) return;
  if (found.isSymbolicLink())
    throw new HeliosError('internal', `A symbolic link lies where a folder of blobs should be: ${folder}`);
  throw taken(undefined);
}

function taken(cause: unknown): HeliosError {
  return new HeliosError('conflict', 'A blob cannot be the folder of another one', { cause });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function undefinedWhenMissing(error: unknown): undefined {
  const code = codeOf(error);
  if (typeof code === 'string' && missingCodes.has(code)) return undefined;
  throw error;
}
