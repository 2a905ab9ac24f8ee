import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { PackedPart } from './segment-layout.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Level 3 with a checksum, which tells damage where no manifest does. */
const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };

/** Compresses in a thread of the pool. */
export async function pack(raw: Buffer): Promise<PackedPart> {
  // One piece of output: a thread of the pool is asked once and not for every 16 KiB.
  return { packed: await compress(raw, { params, chunkSize: Math.max(1024, raw.length) }), rawBytes: raw.length };
}

/** Decompresses a part in a thread of the pool; rejects when it is damaged or grows beyond its size. */
export function unpack(packed: Buffer, rawBytes: number): Promise<Buffer> {
  return rawBytes === 0
    ? Promise.resolve(Buffer.alloc(0))
    : decompress(packed, { maxOutputLength: rawBytes, chunkSize: Math.max(64, rawBytes) });
}
