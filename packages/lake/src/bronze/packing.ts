import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { PackedPart } from './segment-layout.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Level 3 with a checksum, which tells damage where no manifest does. */
const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };

/** A thread of the pool is asked for each chunk of output; one chunk as large as the input would cost more in memory than that. */
const chunkBytes = { min: 1024, max: 65_536 };

/** Compresses in a thread of the pool. */
export async function pack(raw: Buffer): Promise<PackedPart> {
  const chunkSize = Math.min(Math.max(chunkBytes.min, raw.length), chunkBytes.max);
  return { packed: await compress(raw, { params, chunkSize }), rawBytes: raw.length };
}

/** Decompresses a part in a thread of the pool; rejects when it is damaged or grows beyond its size. */
export function unpack(packed: Buffer, rawBytes: number): Promise<Buffer> {
  return rawBytes === 0
    ? Promise.resolve(Buffer.alloc(0))
    : decompress(packed, { maxOutputLength: rawBytes, chunkSize: Math.max(64, rawBytes) });
}
