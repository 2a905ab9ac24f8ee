/** What a ZIP archive says of itself, read before anything is unpacked. */

import { inflateRawSync } from 'node:zlib';
import { accepted, rejected } from '@heliosiq/model';
import type { Outcome } from '@heliosiq/model';

/** What an archive may claim to hold. */
export interface ZipLimits {
  readonly entriesMax: number;
  readonly unpackedBytesMax: number;
}

/** What the directory of an archive says. */
export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  readonly unpackedBytes: number;
}

interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** Where its local header begins. */
  readonly at: number;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
const COMMENT_BYTES_MAX = 0xffff;

/**
 * Reads the central directory (PKWARE APPNOTE 4.3.12). Refused with a reason: no archive, a damaged directory, too many
 * entries, or more bytes than allowed. A directory may lie: see `unpacksAsSaid`.
 */
export function readZipDirectory(bytes: Uint8Array, limits: ZipLimits): Outcome<ZipDirectory, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOfDirectory(view);
  if (end === undefined) return rejected('it is not a complete ZIP archive');
  const entries = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (entries > limits.entriesMax) return rejected(`it holds ${entries} files, at most ${limits.entriesMax} are read`);
  const found: ZipEntry[] = [];
  let unpackedBytes = 0;
  for (let entry = 0; entry < entries; entry++) {
    if (at + ENTRY_BYTES > view.byteLength || view.getUint32(at, true) !== ENTRY_SIGNATURE) {
      return rejected('the directory of the ZIP archive is damaged');
    }
    const nameLength = view.getUint16(at + 28, true);
    const entryOf: ZipEntry = {
      name: new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength)),
      method: view.getUint16(at + 10, true),
      packedBytes: view.getUint32(at + 20, true),
      unpackedBytes: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    };
    unpackedBytes += entryOf.unpackedBytes;
    found.push(entryOf);
    at += ENTRY_BYTES + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  if (unpackedBytes > limits.unpackedBytesMax) {
    const mebibytes = Math.round(limits.unpackedBytesMax / 2 ** 20);
    return rejected(`it unpacks to ${Math.round(unpackedBytes / 2 ** 20)} MiB, at most ${mebibytes} MiB are read`);
  }
  return accepted({ entries: found, unpackedBytes });
}

/** Whether every entry unpacks to no more than its directory says; unpacks each once, one after the other. */
export function unpacksAsSaid(bytes: Uint8Array, { entries }: ZipDirectory): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return entries.every(({ method, packedBytes, unpackedBytes, at }) => {
    if (method === 0) return packedBytes === unpackedBytes;
    if (method !== 8 || at + LOCAL_HEADER_BYTES > view.byteLength) return false;
    const from = at + LOCAL_HEADER_BYTES + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    try {
      inflateRawSync(bytes.subarray(from, from + packedBytes), { maxOutputLength: Math.max(1, unpackedBytes) });
      return true;
    } catch {
      return false;
    }
  });
}

function endOfDirectory(view: DataView): number | undefined {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - COMMENT_BYTES_MAX); at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  return undefined;
}
