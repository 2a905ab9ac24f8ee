import type { Readable } from 'node:stream';
import { HeliosError } from '@heliosiq/model';
import type { BodyBudget } from './body-budget.ts';
import { contentEncodings, decompress } from './decompress.ts';

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

/**
 * Reads and decompresses a request's body within the limits. Rejects with `too-large`, `unsupported-media-type`
 * (unknown encoding), `invalid-request` (damaged compression, broken off) or `rate-limited` (too many bodies in memory
 * at once).
 */
export async function readBody(incoming: IncomingBody, limits: BodyLimits, budget: BodyBudget): Promise<HeldBody> {
  const { stream, contentLength, contentEncoding = 'identity' } = incoming;
  const encoding = contentEncoding.trim().toLowerCase();
  const isCompressed = encoding !== 'identity';
  if (isCompressed && !contentEncodings.includes(encoding)) throw unknownEncoding(contentEncoding);
  const wireMax = isCompressed ? limits.wireBytesMax : Math.min(limits.wireBytesMax, limits.bodyBytesMax);
  if (Number(contentLength ?? 0) > wireMax) throw tooLarge(limits, isCompressed);

  const wire =
    wholeOf(incoming, budget) ??
    (await collect(stream, { bytesMax: wireMax, budget, fault: () => tooLarge(limits, isCompressed) }));
  if (!isCompressed || wire.length === 0) return { bytes: wire, release: () => budget.release(wire.length) };
  let made = 0;
  try {
    const bytes = await decompress(wire, encoding, {
      bytesMax: limits.bodyBytesMax,
      take(count) {
        if (made + count > limits.bodyBytesMax) throw tooLarge(limits, true);
        if (!budget.take(count)) throw overloaded();
        made += count;
      },
      giveBack(count) {
        made -= count;
        budget.release(count);
      },
    });
    return { bytes, release: () => budget.release(bytes.length) };
  } catch (error) {
    throw error instanceof HeliosError ? error : damaged(error, true);
  } finally {
    budget.release(wire.length);
  }
}

/** The bytes of a body that has come whole with its head, as most do; counted against the budget. */
function wholeOf({ stream, contentLength }: IncomingBody, budget: BodyBudget): Buffer | undefined {
  const { readableLength } = stream;
  if (readableLength === 0 || readableLength !== Number(contentLength) || stream.destroyed) return undefined;
  if (!budget.take(readableLength)) {
    stream.resume();
    throw overloaded();
  }
  // The cast holds: requests are streams of bytes, and these are there.
  const bytes = stream.read() as Buffer;
  // It ends when it is asked for more.
  stream.resume();
  return bytes;
}

interface CollectOptions {
  readonly bytesMax: number;
  readonly budget: BodyBudget;
  /** What a body larger than that is told. */
  readonly fault: () => HeliosError;
}

/**
 * The bytes of a stream, counted against the budget. By events and not by iteration: at thousands of requests a second
 * the difference is most of what a request costs. The stream stays whole when a limit is hit, because the answer still
 * has to go out over its socket; what is still coming is dropped, since a sender that is busy sending would not see
 * the answer otherwise.
 */
function collect(stream: Readable, { bytesMax, budget, fault }: CollectOptions): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let held = 0;
  const onData = (chunk: Buffer): void => {
    if (held + chunk.length > bytesMax) return fail(fault());
    if (!budget.take(chunk.length)) return fail(overloaded());
    held += chunk.length;
    chunks.push(chunk);
  };
  const onEnd = (): void => {
    letGo();
    resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, held));
  };
  const onBreak = (error?: unknown): void => fail(damaged(error, false));
  function letGo(): void {
    stream.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak);
  }
  function fail(error: HeliosError): void {
    letGo();
    budget.release(held);
    chunks.length = 0;
    stream.resume();
    reject(error);
  }
  if (stream.destroyed) fail(damaged(undefined, false));
  else stream.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
  return promise;
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
    cure: `Use one of ${contentEncodings.join(', ')}, or none`,
  });
}

function damaged(cause: unknown, isCompressed: boolean): HeliosError {
  return new HeliosError('invalid-request', isCompressed ? 'The compressed body is damaged' : 'The body broke off', {
    cause,
    field: isCompressed ? 'content-encoding' : 'content-length',
    cure: 'Send the whole body in the encoding that its header names',
  });
}
