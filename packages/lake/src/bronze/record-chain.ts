import { hash } from 'node:crypto';
import type { TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import type { BronzeStream } from './bronze-names.ts';

/** Bytes of a link: the SHA-256 of the link before it and of one record. */
export const linkBytes = 32;

const headBytes = linkBytes + 16;

/** The link before the first record of a tenant's stream. */
export function firstLink(tenantId: TenantId, { partition, epoch }: BronzeStream): Buffer {
  return hash('sha256', contentId('bronze', tenantId, String(partition), String(epoch)), 'buffer');
}

/** A record as the chain sees it; `body` is its key, id, headers and value as `record-body.ts` writes them. */
export interface ChainedRecord {
  readonly offset: number;
  readonly appendedAt: number;
  readonly body: Uint8Array;
}

/**
 * Adds records to a chain of hashes: each link covers its record and, through the link before, all earlier ones. It does
 * not depend on how records are cut into segments, so that merged segments have the same links.
 */
export function createRecordChain(): { next(link: Uint8Array, record: ChainedRecord): Buffer } {
  let scratch = Buffer.allocUnsafe(4096);
  return {
    next(link, { offset, appendedAt, body }) {
      const length = headBytes + body.length;
      if (scratch.length < length) scratch = Buffer.allocUnsafe(2 * length);
      scratch.set(link);
      scratch.writeDoubleLE(offset, linkBytes);
      scratch.writeDoubleLE(appendedAt, linkBytes + 8);
      scratch.set(body, headBytes);
      return hash('sha256', scratch.subarray(0, length), 'buffer');
    },
  };
}
