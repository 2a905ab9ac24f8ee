import { promisify } from 'node:util';
import { zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync, constants } from 'node:zlib';
import { HeliosError } from '@heliosiq/model';
import type { NewRecord } from '@heliosiq/ports';

/**
 * Segments of records as bytes. First byte: 0 plain, 1 Zstandard. Then for each record: key, id, count of headers,
 * header names and values, value; each text or value is its length (unsigned LEB128) and its bytes.
 */

const plain = 0;
const zstandard = 1;

/**
 * Shorter segments stay as they are: they lie in their row either way. A call of the compressor costs a tenth of a millisecond and
 * a working memory that is made for it, more than writing what it would spare; segments of the busiest doors are far longer.
 */
const compressFromBytes = 7_500;

/** Bound of a segment after decompression: more than any segment that is written. */
const segmentBytesMax = 64_000_000;

/**
 * From here on a thread of the pool compresses. Its answer comes with a turn of the event loop, one for each 16 KiB, and under load
 * each takes milliseconds for which senders wait; to compress so much at once takes half of one.
 */
const compressInThreadFromBytes = 131_072;

/** From here on, as packed, a thread of the pool decompresses; below, handing over costs more than it spares. */
const decompressInThreadFromBytes = 16_384;

const compressInThread = promisify(zstdCompress);
const decompressInThread = promisify(zstdDecompress);

/** Level 1: the aim is less to write and to flush, at a cost below that of copying. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export async function encodeRecords(records: readonly NewRecord[]): Promise<Buffer> {
  // Texts are at most three bytes a UTF-16 unit; lengths at most five.
  let bytesMax = 1;
  for (const { key, id, value, headers } of records) {
    bytesMax += 20 + 3 * (key.length + id.length) + value.byteLength;
    if (headers === undefined) continue;
    for (const name in headers) bytesMax += 10 + 3 * (name.length + (headers[name]?.length ?? 0));
  }
  const buffer = Buffer.allocUnsafe(bytesMax);
  let at = 1;
  const writeLength = (length: number): void => {
    let rest = length;
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
  };
  const writeText = (text: string): void => {
    // One byte of length is right for almost every key and id: write first, and move only the long ones.
    if (text.length <= 42) {
      const written = buffer.write(text, at + 1);
      buffer[at] = written;
      at += 1 + written;
      return;
    }
    writeLength(Buffer.byteLength(text));
    at += buffer.write(text, at);
  };
  for (const { key, id, value, headers } of records) {
    writeText(key);
    writeText(id);
    const entries = headers === undefined ? [] : Object.entries(headers);
    writeLength(entries.length);
    for (const [name, text] of entries) {
      writeText(name);
      writeText(text);
    }
    writeLength(value.byteLength);
    buffer.set(value, at);
    at += value.byteLength;
  }
  buffer[0] = plain;
  if (at < compressFromBytes) return buffer.subarray(0, at);
  const plainBytes = buffer.subarray(1, at);
  const packed =
    at < compressInThreadFromBytes
      ? zstdCompressSync(plainBytes, compression)
      : await compressInThread(plainBytes, compression);
  // What does not shrink (random bytes) is kept as it is.
  if (packed.length > at * 0.9) return buffer.subarray(0, at);
  return Buffer.concat([Buffer.of(zstandard), packed]);
}

/** Decodes the records of a segment; values are views into one buffer. */
export async function decodeRecords(payload: Buffer, count: number): Promise<readonly NewRecord[]> {
  const bytes = await unpack(payload);
  let at = 0;
  const readLength = (): number => {
    let length = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw damaged();
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) return length;
    }
    throw damaged();
  };
  const readText = (): string => {
    const length = readLength();
    const start = at;
    at += length;
    return bytes.toString('utf8', start, at);
  };
  const records: NewRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = readText();
    const id = readText();
    const headerCount = readLength();
    const headers: Record<string, string> = {};
    for (let header = 0; header < headerCount; header += 1) headers[readText()] = readText();
    const length = readLength();
    const value = bytes.subarray(at, at + length);
    at += length;
    if (at > bytes.length) throw damaged();
    records.push(headerCount === 0 ? { key, id, value } : { key, id, value, headers });
  }
  return records;
}

async function unpack(payload: Buffer): Promise<Buffer> {
  const bytes = payload.subarray(1);
  if (payload[0] === plain) return bytes;
  if (payload[0] !== zstandard) throw damaged();
  const options = { maxOutputLength: segmentBytesMax };
  const unpacked =
    bytes.length < decompressInThreadFromBytes
      ? zstdDecompressSync(bytes, options)
      : await decompressInThread(bytes, options);
  return ownMemory(unpacked);
}

/** The library hands out a piece of what it reserved, which is 64 KiB at least: records would hold all of it. */
function ownMemory(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength < 2 * bytes.length) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

function damaged(): HeliosError {
  return new HeliosError('internal', 'A segment of the event log cannot be read');
}
