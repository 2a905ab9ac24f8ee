import { crc32 } from 'node:zlib';
import { createByteReader, createByteWriter, type ByteReader } from './byte-stream.ts';

/** What is held of one series. Times are milliseconds since the epoch. */
export interface SeriesExtent {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly samples: number;
}

/** Extents by the number of their series. */
export type SeriesExtents = ReadonlyMap<number, SeriesExtent>;

/**
 * Extents as bytes: CRC-32 of the rest, a zero, how many, then of each what its number, samples, first and last time are above those
 * of the one before: series that are measured together differ little. Without the zero, as older versions wrote them, samples
 * and first time are whole, and the last time is told from the first.
 */
export function encodeExtents(extents: SeriesExtents): Buffer {
  const writer = createByteWriter(4 + 9 + extents.size * 32);
  writer.skip(4);
  writer.writeNumber(0);
  writer.writeNumber(extents.size);
  let last = { ref: 0, samples: 0, firstAt: 0, lastAt: 0 };
  for (const [ref, { samples, firstAt, lastAt }] of [...extents].sort(([a], [b]) => a - b)) {
    writer.writeNumber(ref - last.ref);
    writer.writeSigned(samples - last.samples);
    writer.writeSigned(firstAt - last.firstAt);
    writer.writeSigned(lastAt - last.lastAt);
    last = { ref, samples, firstAt, lastAt };
  }
  const bytes = writer.finish();
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** The extents of bytes; undefined when the bytes are damaged. */
export function decodeExtents(bytes: Buffer): Map<number, SeriesExtent> | undefined {
  if (bytes.length < 5 || bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) return undefined;
  const reader = createByteReader(bytes, 4);
  const count = reader.readNumber();
  // Extents of nothing from before are a zero alone.
  if (count === 0) return bytes.length === 5 ? new Map() : readRelative(reader);
  const extents = new Map<number, SeriesExtent>();
  let ref = 0;
  for (let left = count; left > 0; left -= 1) {
    ref += reader.readNumber();
    const samples = reader.readNumber();
    const firstAt = reader.readSigned();
    extents.set(ref, { samples, firstAt, lastAt: firstAt + reader.readNumber() });
  }
  return extents;
}

function readRelative(reader: ByteReader): Map<number, SeriesExtent> {
  const extents = new Map<number, SeriesExtent>();
  let [ref, samples, firstAt, lastAt] = [0, 0, 0, 0];
  for (let left = reader.readNumber(); left > 0; left -= 1) {
    ref += reader.readNumber();
    samples += reader.readSigned();
    firstAt += reader.readSigned();
    lastAt += reader.readSigned();
    extents.set(ref, { samples, firstAt, lastAt });
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
