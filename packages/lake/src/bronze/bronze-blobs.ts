import { HeliosError, type TenantId } from '@heliosiq/model';
import type { BlobStore } from '@heliosiq/ports';
import { encodeManifest, nameOfEntry } from './manifest.ts';
import type { Segment } from './segment-draft.ts';

/** What a disk or a quota says when there is no room, or a disk when it fails for now. */
const passingCodes = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'EAGAIN']);

/**
 * Stores a segment and then its manifest; both are durable when it resolves. Doing it again changes nothing. Rejects with
 * `unavailable` while there is no room.
 */
export async function storeSegment(blobs: BlobStore, tenantId: TenantId, { entry, bytes }: Segment): Promise<void> {
  try {
    await blobs.put(tenantId, nameOfEntry(entry, 'segment'), bytes);
    await blobs.put(tenantId, nameOfEntry(entry, 'manifest'), encodeManifest(entry));
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string' || !passingCodes.has(code)) throw error;
    throw new HeliosError('unavailable', `a segment of bronze cannot be written (${code})`, {
      cause: error,
      cure: 'make room on the disk of the blobs',
    });
  }
}
