/** Makes the documents under one name what a folder is now, reading only the files that changed. */

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { documentIdOf } from '@heliosiq/model/content-id.ts';
import type { Library, StateStore } from '@heliosiq/ports';
import { FILE_BYTES_MAX, SOURCE_EXTENSIONS } from '../sources/source-file.ts';

export interface FolderSync {
  readonly folder: string;
  /** What stands before the path of a file in its document's source, e.g. `manuals`. */
  readonly name: string;
  readonly tags?: readonly string[];
}

export interface FolderSyncDeps {
  readonly library: Pick<Library, 'addFile' | 'remove'>;
  /** Remembers what was read. */
  readonly states: StateStore;
}

/** What a run did; a file that cannot be read is told with its reason and tried again when it changes. */
export interface FolderSyncReport {
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly refused: readonly { readonly source: string; readonly reason: string }[];
  /** Files that were looked at, read or not. */
  readonly files: number;
}

interface SeenFile {
  readonly size: number;
  readonly modifiedMs: number;
  /** SHA-256 of the bytes and tags that were read. */
  readonly sha256: string;
}

export const FILES_PER_FOLDER_MAX = 10_000;
const SCOPE = 'knowledge-folder';

/**
 * Reads new and changed files (by size and time, then by content) and removes the documents of files that are gone. Hidden
 * files and folders, links and what is no document by its ending are passed over. A folder that cannot be read rejects with
 * `unavailable`, and nothing is removed then.
 */
export async function syncFolder(
  { library, states }: FolderSyncDeps,
  tenantId: TenantId,
  { folder, name, tags = [], signal }: FolderSync & { readonly signal: AbortSignal },
): Promise<FolderSyncReport> {
  const before = await readSeen(states, tenantId, name);
  const files = await filesOf(folder);
  const seen = new Map<string, SeenFile>();
  const written: string[] = [];
  const removed: string[] = [];
  const refused: { readonly source: string; readonly reason: string }[] = [];
  const keep = (): Promise<void> =>
    writeSeen(states, tenantId, name, { ...Object.fromEntries(before), ...Object.fromEntries(seen) });
  for (const path of files) {
    signal.throwIfAborted();
    const info = await stat(join(folder, path)).catch(() => undefined);
    if (info === undefined) continue;
    const source = `${name}/${path}`;
    const known = before.get(path);
    if (known?.size === info.size && known.modifiedMs === info.mtimeMs) {
      seen.set(path, known);
      continue;
    }
    if (info.size > FILE_BYTES_MAX) {
      refused.push({ source, reason: `it is larger than ${FILE_BYTES_MAX / 2 ** 20} MiB` });
      seen.set(path, { size: info.size, modifiedMs: info.mtimeMs, sha256: '' });
      continue;
    }
    const bytes = new Uint8Array(await readFile(join(folder, path)));
    const sha256 = createHash('sha256').update(bytes).update(tags.join('\n')).digest('hex');
    if (known?.sha256 !== sha256) {
      const reason = await addOrReason(library, tenantId, { source, bytes, tags });
      if (reason === undefined) written.push(source);
      else refused.push({ source, reason });
    }
    seen.set(path, { size: info.size, modifiedMs: info.mtimeMs, sha256 });
    // After each document, so that a stop in between does not read all of them again.
    if (known?.sha256 !== sha256) await keep();
  }
  for (const path of before.keys()) {
    if (seen.has(path)) continue;
    signal.throwIfAborted();
    const source = `${name}/${path}`;
    if (await library.remove(tenantId, documentIdOf(tenantId, source))) removed.push(source);
  }
  if (seen.size !== before.size || written.length + refused.length > 0) {
    await writeSeen(states, tenantId, name, Object.fromEntries(seen));
  }
  return { written, removed, refused, files: files.length };
}

/** Adds a file, or says why it is refused. */
export async function addOrReason(
  library: Pick<Library, 'addFile'>,
  tenantId: TenantId,
  file: Parameters<Library['addFile']>[1],
): Promise<string | undefined> {
  try {
    await library.addFile(tenantId, file);
    return undefined;
  } catch (error) {
    // What is wrong with the file is told; an outage goes on to the caller, who tries again.
    if (error instanceof HeliosError && (error.code === 'invalid-request' || error.code === 'too-large')) {
      return error.message;
    }
    throw error;
  }
}

/** Paths with slashes below the folder, in order. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting = [''];
  for (let at = 0; at < waiting.length; at += 1) {
    const below = waiting[at] ?? '';
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((cause: unknown) => {
      throw new HeliosError('unavailable', `the folder ${join(folder, below)} cannot be read`, { cause });
    });
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile() && isDocument(entry.name)) found.push(path);
    }
    if (found.length > FILES_PER_FOLDER_MAX) {
      throw new HeliosError('too-large', `${folder} holds more than ${FILES_PER_FOLDER_MAX} documents`);
    }
  }
  return found.sort();
}

function isDocument(name: string): boolean {
  const extension = extname(name).toLowerCase();
  return SOURCE_EXTENSIONS.some((known) => known === extension);
}

async function readSeen(states: StateStore, tenantId: TenantId, name: string): Promise<ReadonlyMap<string, SeenFile>> {
  const [entry] = await states.get(tenantId, SCOPE, [name]);
  if (entry === undefined) return new Map();
  // Written by writeSeen.
  return new Map(Object.entries(JSON.parse(new TextDecoder().decode(entry.bytes)) as Record<string, SeenFile>));
}

function writeSeen(
  states: StateStore,
  tenantId: TenantId,
  name: string,
  seen: Readonly<Record<string, SeenFile>>,
): Promise<void> {
  return states.put(tenantId, SCOPE, [{ key: name, bytes: new TextEncoder().encode(JSON.stringify(seen)) }]);
}
