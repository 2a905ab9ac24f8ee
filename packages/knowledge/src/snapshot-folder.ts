/** Snapshots of indexes as files, one a tenant, so that a start need not read and cut every document anew. */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';

/** Where snapshots are kept. What is read is checked by its reader; what is lost is only slower. */
export interface SnapshotFolder {
  readonly read: (tenantId: TenantId) => Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Replaces a tenant's snapshot in one step. */
  readonly write: (tenantId: TenantId, pieces: readonly Uint8Array[]) => Promise<void>;
  readonly remove: (tenantId: TenantId) => Promise<void>;
}

/** Snapshots in a folder of this machine, which is made when the first is written. */
export function createSnapshotFolder(folder: string): SnapshotFolder {
  const pathOf = (tenantId: TenantId): string => join(folder, `${sha256Hex(tenantId).slice(0, 32)}.index`);
  let writes = 0;
  return {
    async read(tenantId) {
      try {
        const bytes = await readFile(pathOf(tenantId));
        // A Buffer may be a piece of a larger one; the index keeps views of what it is given.
        return new Uint8Array(bytes);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(tenantId, pieces) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = pathOf(tenantId);
      const fresh = `${path}.${process.pid}-${(writes += 1)}`;
      try {
        await writeFile(fresh, pieces, { mode: 0o600 });
        await rename(fresh, path);
      } catch (error) {
        await rm(fresh, { force: true });
        throw error;
      }
    },
    remove: (tenantId) => rm(pathOf(tenantId), { force: true }),
  };
}
