import type { TenantId } from '@heliosiq/model';
import type { BlobStore } from '@heliosiq/ports';
import { listBronze, type ListedBlob } from './bronze-listing.ts';
import type { BronzeStream } from './bronze-names.ts';
import { decodeManifest } from './manifest.ts';
import { firstLink } from './record-chain.ts';

/** Where a tenant's stream ends. */
export interface StreamHead {
  readonly stream: BronzeStream;
  /** -1 when the stream is empty. */
  readonly lastOffset: number;
  /** The chain of hashes after the last record. */
  readonly link: Buffer;
}

/**
 * Finds the ends of a tenant's streams in bronze itself, the newest epoch of each partition. Where the last manifest
 * cannot be read the chain cannot go on, and the stream begins anew with the next epoch.
 */
export async function findStreamHeads(blobs: BlobStore, tenantId: TenantId): Promise<ReadonlyMap<number, StreamHead>> {
  const last = new Map<number, ListedBlob>();
  for await (const listed of listBronze(blobs, tenantId)) {
    const known = last.get(listed.partition);
    if (listed.kind === 'manifest' && (known === undefined || isLater(listed, known)))
      last.set(listed.partition, listed);
  }
  const heads = new Map<number, StreamHead>();
  for (const [partition, listed] of last) {
    const bytes = await blobs.get(tenantId, listed.name);
    const entry = bytes === undefined ? undefined : decodeManifest(bytes);
    const stream = { partition, epoch: listed.epoch };
    heads.set(
      partition,
      entry?.ok === true
        ? { stream, lastOffset: entry.value.offsets.last, link: Buffer.from(entry.value.links.after, 'hex') }
        : emptyHead(tenantId, { partition, epoch: listed.epoch + 1 }),
    );
  }
  return heads;
}

/** The head of a stream without records. */
export function emptyHead(tenantId: TenantId, stream: BronzeStream): StreamHead {
  return { stream, lastOffset: -1, link: firstLink(tenantId, stream) };
}

function isLater(a: ListedBlob, b: ListedBlob): boolean {
  return a.epoch === b.epoch ? a.lastOffset > b.lastOffset : a.epoch > b.epoch;
}
