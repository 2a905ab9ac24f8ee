import { crc32 } from 'node:zlib';
import { createByteReader, createByteWriter } from './byte-stream.ts';

/** What is held of one series. Times are milliseconds since the epoch. */
export interface SeriesExtent {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly samples: number;
}

/** Extents by the number of their series. */
export type SeriesExtents = ReadonlyMap<number, SeriesExtent>;

/** Extents as bytes: CRC-32 of the rest, how many, then of each what its number is above the one before, and the extent. */
export function encodeExtents(extents: SeriesExtents): Buffer {
  const writer = createByteWriter(4 + 8 + extents.size * 32);
  writer.skip(4);
  writer.writeNumber(extents.size);
  let last = 0;
  for (const [ref, extent] of [...extents].sort(([a], [b]) => a - b)) {
    writer.writeNumber(ref - last);
    writer.writeNumber(extent.samples);
    writer.writeSigned(extent.firstAt);
    writer.writeNumber(extent.lastAt - extent.firstAt);
    last = ref;
  }
  const bytes = writer.finish();
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** The extents of bytes; undefined when the bytes are damaged. */
export function decodeExtents(bytes: Buffer): Map<number, SeriesExtent> | undefined {
  if (bytes.length < 5 || bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) return undefined;
  const reader = createByteReader(bytes, 4);
  const extents = new Map<number, SeriesExtent>();
  let ref = 0;
  for (let left = reader.readNumber(); left > 0; left -= 1) {
    ref += reader.readNumber();
    const samples = reader.readNumber();
    const firstAt = reader.readSigned();
    extents.set(ref, { samples, firstAt, lastAt: firstAt + reader.readNumber() });
  }
  return extents;
}

/** Counts samples to a series' extent. */
export function addExtent(extents: Map<number, SeriesExtent>, ref: number, more: SeriesExtent): void {
  const known = extents.get(ref);
  extents.set(
    ref,
    known === undefined
      ? { firstAt: more.firstAt, lastAt: more.lastAt, samples: more.samples }
      : {
          firstAt: Math.min(known.firstAt, more.firstAt),
          lastAt: Math.max(known.lastAt, more.lastAt),
          samples: known.samples + more.samples,
        },
  );
}
