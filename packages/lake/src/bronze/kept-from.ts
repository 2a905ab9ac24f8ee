import type { TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { BlobStore } from '@heliosiq/ports';
import type { BronzeStream } from './bronze-names.ts';

/** Where a stream begins after its oldest segments were forgotten on purpose. */
export interface KeptFrom {
  /** Records up to this offset are gone. */
  readonly offset: number;
  /** The chain of hashes after them, 64 hexadecimal digits. */
  readonly link: string;
}

const nameOf = ({ partition, epoch }: BronzeStream): string => `bronze/kept-from/p${partition}-e${epoch}.json`;

/** Notes where a stream begins from now on; to be durable before its older segments go. */
export async function writeKeptFrom(
  blobs: BlobStore,
  tenantId: TenantId,
  kept: BronzeStream & KeptFrom,
): Promise<void> {
  const { offset, link } = kept;
  const seal = sha256Hex(JSON.stringify({ offset, link }));
  await blobs.put(tenantId, nameOf(kept), Buffer.from(JSON.stringify({ offset, link, seal })));
}

/** Where a stream begins; undefined when nothing was forgotten, or the note cannot be read. */
export async function readKeptFrom(
  blobs: BlobStore,
  tenantId: TenantId,
  stream: BronzeStream,
): Promise<KeptFrom | undefined> {
  const bytes = await blobs.get(tenantId, nameOf(stream));
  if (bytes === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('seal' in parsed)) return undefined;
    const { seal, ...kept } = parsed;
    // The cast holds: the seal says that `writeKeptFrom` wrote it.
    return sha256Hex(JSON.stringify(kept)) === seal ? (kept as KeptFrom) : undefined;
  } catch {
    return undefined;
  }
}
