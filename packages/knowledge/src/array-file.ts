/** Several typed arrays and lists of strings in one block of bytes, with a checksum. */

import { crc32 } from 'node:zlib';

const ARRAY_KINDS = { Int8Array, Uint8Array, Uint16Array, Uint32Array, Float32Array } as const;
type ArrayKind = keyof typeof ARRAY_KINDS;
type StoredArray = Int8Array | Uint8Array | Uint16Array | Uint32Array | Float32Array;

/** What a block holds, by name. */
export interface ArrayFile {
  readonly arrays: Readonly<Record<string, StoredArray>>;
  /** Any JSON value: lists of strings, settings, names. */
  readonly values: Readonly<Record<string, unknown>>;
}

interface Header {
  readonly format: string;
  readonly arrays: readonly {
    readonly name: string;
    readonly kind: ArrayKind;
    readonly length: number;
    readonly at: number;
  }[];
  readonly valuesAt: number;
  readonly end: number;
}

const MAGIC = 'HELIOS01';
const ALIGNMENT = 8;

/** The bytes of a block in pieces to be written one after the other; `format` is asked for again when it is read. */
export function encodeArrayFile(format: string, { arrays, values }: ArrayFile): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  const append = (bytes: Uint8Array): number => {
    const from = at;
    const padding = (ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT;
    pieces.push(bytes);
    if (padding > 0) pieces.push(new Uint8Array(padding));
    at += bytes.length + padding;
    return from;
  };
  const entries = Object.entries(arrays).map(([name, array]) => ({
    name,
    kind: array.constructor.name as ArrayKind, // the kinds of StoredArray are named like their constructors
    length: array.length,
    at: append(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)),
  }));
  const valuesAt = append(new TextEncoder().encode(JSON.stringify(values)));
  const header: Header = { format, arrays: entries, valuesAt, end: at };
  // Padded with spaces, which JSON does not mind, so that arrays begin at multiples of eight.
  const text = JSON.stringify(header);
  const headerBytes = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / ALIGNMENT) * ALIGNMENT));
  const start = Buffer.alloc(MAGIC.length + ALIGNMENT);
  start.write(MAGIC, 'latin1');
  start.writeUInt32LE(headerBytes.length, MAGIC.length);
  const checksum = [headerBytes, ...pieces].reduce((sum, piece) => crc32(piece, sum), 0);
  start.writeUInt32LE(checksum, MAGIC.length + 4);
  return [start, headerBytes, ...pieces];
}

/**
 * Reads a block; arrays are views of `bytes`, which is not copied where it is aligned. `undefined` for another format, and
 * for what is cut off or damaged.
 */
export function decodeArrayFile(format: string, bytes: Uint8Array<ArrayBuffer>): ArrayFile | undefined {
  const aligned = bytes.byteOffset % ALIGNMENT === 0 ? bytes : bytes.slice();
  const start = Buffer.from(aligned.buffer, aligned.byteOffset, aligned.byteLength);
  const bodyAt = MAGIC.length + ALIGNMENT;
  if (start.length < bodyAt || start.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const headerLength = start.readUInt32LE(MAGIC.length);
  const payloadAt = bodyAt + headerLength;
  if (crc32(start.subarray(bodyAt)) !== start.readUInt32LE(MAGIC.length + 4)) return undefined;
  const header = readHeader(start.subarray(bodyAt, payloadAt));
  if (header?.format !== format || start.length !== payloadAt + header.end) return undefined;
  const payload = start.subarray(payloadAt);
  const arrays: Record<string, StoredArray> = {};
  for (const { name, kind, length, at } of header.arrays) {
    arrays[name] = new ARRAY_KINDS[kind](aligned.buffer, payload.byteOffset + at, length);
  }
  const text = payload.toString('utf8', header.valuesAt).replace(/\0+$/, '');
  // The cast is that of the header.
  return { arrays, values: JSON.parse(text) as Record<string, unknown> };
}

function readHeader(bytes: Buffer): Header | undefined {
  try {
    return JSON.parse(bytes.toString('utf8')) as Header; // the checksum held, so encodeArrayFile wrote it
  } catch {
    return undefined;
  }
}
