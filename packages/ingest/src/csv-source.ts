import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable, pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { HeliosError } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { CsvPlace } from './csv-signals.ts';

/** A file or standard input as the text that it holds. */
export interface CsvSource {
  readonly stream: Readable;
  /** Bytes of the file itself, compressed or not; absent for standard input. */
  readonly sizeBytes?: number;
  /** How much of them has been read. */
  readBytes(): number;
}

/** What a file is known by: the hash of its first bytes. A file that only grew keeps it. */
export interface CsvHead {
  readonly bytes: number;
  readonly sha256: string;
}

type Compression = 'none' | 'gzip' | 'zstd';

const headBytesMax = 65_536;
const gzipMagic = Buffer.from([0x1f, 0x8b]);
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The head of a file, of `bytes` bytes or as much as there is. Rejects with `not-found`. */
export async function csvHeadOf(file: string, bytes = headBytesMax): Promise<CsvHead> {
  const head = await firstBytes(file, bytes);
  return { bytes: head.length, sha256: sha256Hex(head) };
}

/**
 * Opens a file as text, unpacking gzip and Zstandard by what it begins with. With `from` it brings the header and then
 * what follows that place; a plain file is read from there, a packed one unpacked up to there.
 */
export async function openCsvFile(file: string, from?: CsvPlace): Promise<CsvSource> {
  const compression = compressionOf(await firstBytes(file, 4));
  const handle = await open(file);
  const { size } = await handle.stat();
  await handle.close();
  if (compression === 'none' && from !== undefined) {
    const rest = createReadStream(file, { start: from.bytes });
    const header = createReadStream(file, { end: from.headerBytes - 1 });
    return {
      stream: Readable.from(joined([header, rest]), { objectMode: false }),
      sizeBytes: size,
      readBytes: () => from.bytes + rest.bytesRead,
    };
  }
  const raw = createReadStream(file);
  const text = unpacked(raw, compression);
  return {
    stream: from === undefined ? text : Readable.from(without(text, from), { objectMode: false }),
    sizeBytes: size,
    readBytes: () => raw.bytesRead,
  };
}

/** Standard input, unpacked where it is packed. */
export async function openCsvInput(input: Readable): Promise<CsvSource> {
  const chunks = input[Symbol.asyncIterator]();
  const first = await chunks.next();
  const head = first.done === true ? Buffer.alloc(0) : Buffer.from(first.value as Uint8Array); // a stream of bytes
  let read = 0;
  async function* whole(): AsyncIterable<Buffer> {
    for (let chunk = head; ;) {
      read += chunk.length;
      yield chunk;
      const next = await chunks.next();
      if (next.done === true) return;
      chunk = Buffer.from(next.value as Uint8Array); // a stream of bytes
    }
  }
  const raw = Readable.from(whole(), { objectMode: false });
  return { stream: unpacked(raw, compressionOf(head)), readBytes: () => read };
}

function unpacked(raw: Readable, compression: Compression): Readable {
  if (compression === 'none') return raw;
  const unpack = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  // The callback is all that is needed: an error of either stream destroys the other with it.
  return pipeline(raw, unpack, () => undefined);
}

async function* joined(parts: readonly Readable[]): AsyncIterable<Buffer> {
  for (const part of parts) yield* part;
}

/** The text without what lies between its header and a place. */
async function* without(text: Readable, { headerBytes, bytes }: CsvPlace): AsyncIterable<Buffer> {
  let at = 0;
  for await (const part of text) {
    const chunk = part as Buffer; // unpacked bytes
    const start = at;
    at += chunk.length;
    if (start < headerBytes) yield chunk.subarray(0, headerBytes - start);
    if (at > bytes) yield chunk.subarray(Math.max(0, bytes - start));
  }
  if (at < bytes) {
    throw new HeliosError('conflict', 'The file is shorter than what was sent of it', {
      cure: 'Send it from its beginning with --restart',
    });
  }
}

function compressionOf(head: Buffer): Compression {
  if (head.subarray(0, 2).equals(gzipMagic)) return 'gzip';
  return head.subarray(0, 4).equals(zstdMagic) ? 'zstd' : 'none';
}

async function firstBytes(file: string, count: number): Promise<Buffer> {
  try {
    await using handle = await open(file);
    const buffer = Buffer.alloc(count);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, count - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === count) return buffer.subarray(0, length);
    }
  } catch (cause) {
    throw new HeliosError('not-found', `${file} cannot be read`, { cause, cure: 'check the path' });
  }
}
