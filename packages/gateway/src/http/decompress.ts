import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import type { Transform } from 'node:stream';
import {
  brotliDecompress,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzip,
  inflate,
  zstdDecompress,
} from 'node:zlib';

/** The bytes that decompression makes, taken from a budget as they come. */
export interface DecompressLimits {
  /** Takes bytes that are about to be held; throws when that is too much, in all or over all requests. */
  readonly take: (bytes: number) => void;
  readonly giveBack: (bytes: number) => void;
  readonly bytesMax: number;
}

interface OneShotOptions {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
}

type Done = (error: Error | null, bytes: Buffer) => void;

/** One content encoding: whole at once for small bodies, which saves the cost of streams, and in pieces for the rest. */
interface Codec {
  readonly whole: (wire: Buffer, options: OneShotOptions, done: Done) => void;
  readonly pieces: () => Transform;
}

// 8 MiB is what RFC 9659 asks decoders of content encodings to bear, and to go no further than.
const zstdWindow = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };
const gzip: Codec = { whole: gunzip, pieces: createGunzip };
const codecs = new Map<string, Codec>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', { whole: inflate, pieces: createInflate }],
  ['br', { whole: brotliDecompress, pieces: createBrotliDecompress }],
  [
    'zstd',
    {
      whole: (wire, options, done) => zstdDecompress(wire, { ...options, ...zstdWindow }, done),
      pieces: () => createZstdDecompress(zstdWindow),
    },
  ],
]);

export const contentEncodings: readonly string[] = [...codecs.keys()];

/** At most this much is made in one go; it is taken from the budget before it is there. */
const wholeBytesMax = 2 ** 20;
/** What most telemetry grows to; a body that grows more is made in pieces. */
const usualGrowth = 16;
const chunkBytesMin = 1024;

/**
 * Decompresses a body. What is held never exceeds the limits by more than one chunk, whatever a few compressed bytes
 * would grow to. Rejects with what `take` throws, or the decoder's own error for damaged bytes.
 */
export async function decompress(wire: Buffer, encoding: string, limits: DecompressLimits): Promise<Buffer> {
  const codec = codecs.get(encoding);
  if (codec === undefined) throw new TypeError(`no such content encoding: ${encoding}`);
  // RFC 1952: the last four bytes of gzip say how much there is, modulo 2^32; a wrong answer costs a second try.
  const promised = codec === gzip && wire.length > 18 ? wire.readUInt32LE(wire.length - 4) : wire.length * usualGrowth;
  const expected = Math.max(promised, chunkBytesMin);
  if (expected > Math.min(wholeBytesMax, limits.bytesMax)) return inPieces(codec, wire, limits);
  return (await whole(codec, wire, { expected, limits })) ?? inPieces(codec, wire, limits);
}

/** Undefined when there is more in it than was expected. */
async function whole(
  { whole: decode }: Codec,
  wire: Buffer,
  { expected, limits }: { readonly expected: number; readonly limits: DecompressLimits },
): Promise<Buffer | undefined> {
  limits.take(expected);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  decode(wire, { maxOutputLength: expected, chunkSize: expected }, (error, bytes) => {
    if (error === null) {
      limits.giveBack(expected - bytes.length);
      resolve(bytes);
      return;
    }
    limits.giveBack(expected);
    if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') resolve(undefined);
    else reject(error);
  });
  return promise;
}

async function inPieces({ pieces }: Codec, wire: Buffer, { take, giveBack }: DecompressLimits): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let held = 0;
  const holder = new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        take(chunk.length);
      } catch (error) {
        // The cast holds: `take` throws faults.
        return done(error as Error);
      }
      held += chunk.length;
      chunks.push(chunk);
      done();
    },
  });
  try {
    await pipeline(Readable.from([wire]), pieces(), holder);
  } catch (error) {
    giveBack(held);
    throw error;
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, held);
}
