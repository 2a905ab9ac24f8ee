import { pipeline } from 'node:stream/promises';
import { Readable, Transform, Writable } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { HeliosError } from '@heliosiq/model';
import type { BodyBudget } from './body-budget.ts';

export interface BodyLimits {
  /** Bytes on the wire. */
  readonly wireBytesMax: number;
  /** Bytes after decompression. */
  readonly bodyBytesMax: number;
}

export interface IncomingBody {
  readonly stream: Readable;
  readonly contentLength: string | undefined;
  readonly contentEncoding: string | undefined;
}

/** A body in memory; `release` gives its bytes back to the budget and must be called once it is done with. */
export interface HeldBody {
  readonly bytes: Buffer;
  release(): void;
}

const decoders = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  // 8 MiB is what RFC 9659 asks decoders of content encodings to bear, and to go no further than.
  ['zstd', () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 23 } })],
]);

/**
 * Reads and decompresses a request's body. What is held never exceeds the limits by more than one chunk, whatever a
 * few compressed bytes would grow to. Rejects with `too-large`, `unsupported-media-type` (unknown encoding),
 * `invalid-request` (damaged compression, broken off) or `rate-limited` (too many bodies in memory at once).
 */
export async function readBody(incoming: IncomingBody, limits: BodyLimits, budget: BodyBudget): Promise<HeldBody> {
  const { stream, contentLength, contentEncoding = 'identity' } = incoming;
  const encoding = contentEncoding.trim().toLowerCase();
  const decoder = decoders.get(encoding)?.();
  if (decoder === undefined && encoding !== 'identity') throw unknownEncoding(contentEncoding);
  if (
    Number(contentLength ?? 0) >
    (decoder === undefined ? Math.min(limits.wireBytesMax, limits.bodyBytesMax) : limits.wireBytesMax)
  ) {
    throw tooLarge(limits, decoder !== undefined);
  }
  const chunks: Buffer[] = [];
  let held = 0;
  const holder = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (held + chunk.length > limits.bodyBytesMax) return done(tooLarge(limits, decoder !== undefined));
      if (!budget.take(chunk.length)) return done(overloaded());
      held += chunk.length;
      chunks.push(chunk);
      done();
    },
  });
  try {
    const counter = wireCounter(limits, decoder !== undefined);
    // The source stays whole when a limit is hit: the answer still has to go out over its socket.
    const source = Readable.from(chunksOf(stream), { objectMode: false });
    await (decoder === undefined ? pipeline(source, counter, holder) : pipeline(source, counter, decoder, holder));
    return {
      bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks),
      release: () => budget.release(held),
    };
  } catch (error) {
    budget.release(held);
    chunks.length = 0;
    // What is still coming is read and dropped: a sender that is busy sending would not see the answer otherwise.
    stream.resume();
    throw error instanceof HeliosError ? error : damaged(error, decoder !== undefined);
  }
}

/** Iterates without destroying the source when the iteration ends early, be it by a return or a throw. */
async function* chunksOf(stream: Readable): AsyncIterable<Buffer> {
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk;
}

function wireCounter(limits: BodyLimits, isCompressed: boolean): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > limits.wireBytesMax) done(tooLarge(limits, isCompressed));
      else done(null, chunk);
    },
  });
}

function tooLarge({ wireBytesMax, bodyBytesMax }: BodyLimits, isCompressed: boolean): HeliosError {
  const limit = isCompressed ? `${bodyBytesMax} bytes, ${wireBytesMax} of them compressed` : `${bodyBytesMax} bytes`;
  return new HeliosError('too-large', `The body is larger than ${limit}`, {
    field: 'content-length',
    cure: 'Send smaller batches',
  });
}

function overloaded(): HeliosError {
  return new HeliosError('rate-limited', 'Too many bodies are being taken in at once', {
    cure: 'Send it again after the time in Retry-After',
    retryAfterS: 1,
  });
}

function unknownEncoding(encoding: string): HeliosError {
  return new HeliosError('unsupported-media-type', `The content encoding "${encoding.slice(0, 50)}" is not known`, {
    field: 'content-encoding',
    cure: `Use one of ${[...decoders.keys()].join(', ')}, or none`,
  });
}

function damaged(cause: unknown, isCompressed: boolean): HeliosError {
  return new HeliosError('invalid-request', isCompressed ? 'The compressed body is damaged' : 'The body broke off', {
    cause,
    field: isCompressed ? 'content-encoding' : 'content-length',
    cure: 'Send the whole body in the encoding that its header names',
  });
}
