import { HeliosError } from '@heliosiq/model';
import { uncompress, uncompressSync } from 'snappy';

/**
 * Up to this length a body is unpacked at once, in a quarter of a millisecond: to hand it to another thread costs more, and each of
 * those threads keeps the memory of its largest bodies.
 */
const atOnceBytesMax = 2 ** 20;

/** The result is copied into memory that the engine knows of, which is given back as soon as it is asked to. */
const options = { copyOutputData: true };

/**
 * Unpacks a body in the snappy block format (https://github.com/google/snappy/blob/main/format_description.txt).
 * The length that its header claims is checked before anything is reserved. Rejects with `too-large` or `invalid-request`.
 */
export async function unpackSnappy(body: Buffer, bytesMax: number): Promise<Buffer> {
  const length = claimedLength(body);
  if (length === undefined) throw notSnappy();
  if (length > bytesMax) {
    throw new HeliosError('too-large', `The body has ${length} bytes after decompression; ${bytesMax} are taken`, {
      cure: 'Send fewer samples in a request (Prometheus: queue_config.max_samples_per_send)',
    });
  }
  if (length === 0) return Buffer.alloc(0);
  try {
    const unpacked = length <= atOnceBytesMax ? uncompressSync(body, options) : await uncompress(body, options);
    return typeof unpacked === 'string' ? Buffer.from(unpacked) : unpacked;
  } catch (error) {
    throw notSnappy(error);
  }
}

/**
 * Gives the memory of an unpacked body back now instead of when the collector comes: a few hundred bodies of half a megabyte come
 * between two of its visits. The body is empty afterwards.
 */
export function releaseBody({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** The header is the length as a variable-length number of at most 32 bits. */
function claimedLength(body: Buffer): number | undefined {
  let length = 0;
  for (let place = 0; place < 5; place += 1) {
    const byte = body[place];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** place;
    if (byte < 0x80) return length;
  }
  return undefined;
}

function notSnappy(cause?: unknown): HeliosError {
  return new HeliosError('invalid-request', 'The body is not in the snappy block format', {
    ...(cause === undefined ? {} : { cause }),
    cure: 'Compress it as snappy block, not as framed stream, or say in Content-Encoding what it is',
  });
}
