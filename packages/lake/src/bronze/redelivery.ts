import type { TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { BlobStore, LogRecord } from '@heliosiq/ports';
import { listBronze, type ListedBlob } from './bronze-listing.ts';
import type { BronzeStream } from './bronze-names.ts';
import { openSegment } from './segment-reader.ts';

/** Tells whether records that come again are those that a stream of bronze has. */
export interface Redelivery {
  /** False when bronze has another record, or none, at that offset: the log is another one than before. */
  isStored(record: LogRecord): Promise<boolean>;
}

/** Looks into the segments of a stream; it keeps what one segment holds, as hashes. */
export function createRedelivery(blobs: BlobStore, tenantId: TenantId, stream: BronzeStream): Redelivery {
  let segments: readonly ListedBlob[] | undefined;
  let loaded: { readonly name: string; readonly prints: ReadonlyMap<number, string> } | undefined;

  async function printsOf(offset: number): Promise<ReadonlyMap<number, string>> {
    segments ??= await Array.fromAsync(segmentsOf());
    const holder = segments.find(({ firstOffset, lastOffset }) => firstOffset <= offset && offset <= lastOffset);
    if (holder === undefined) return new Map();
    if (loaded?.name !== holder.name) loaded = { name: holder.name, prints: await readPrints(holder.name) };
    return loaded.prints;
  }

  async function* segmentsOf(): AsyncGenerator<ListedBlob> {
    for await (const listed of listBronze(blobs, tenantId)) {
      if (listed.kind === 'segment' && listed.partition === stream.partition && listed.epoch === stream.epoch)
        yield listed;
    }
  }

  async function readPrints(name: string): Promise<ReadonlyMap<number, string>> {
    const prints = new Map<number, string>();
    const bytes = await blobs.get(tenantId, name);
    const segment = bytes === undefined ? undefined : openSegment(Buffer.from(bytes), undefined);
    if (segment?.ok !== true) return prints;
    for await (const records of segment.value.records()) {
      for (const record of records) prints.set(record.offset, printOf(record));
    }
    return prints;
  }

  return {
    isStored: async (record) => (await printsOf(record.offset)).get(record.offset) === printOf(record),
  };
}

function printOf({ id, value }: { readonly id: string; readonly value: Uint8Array }): string {
  return `${id} ${sha256Hex(value)}`;
}
