import { hash } from 'node:crypto';
import type { SegmentContent } from './manifest.ts';

/**
 * A segment: magic, length of the header (32 bits, little-endian), SHA-256 of the header, header (JSON), then the parts,
 * each compressed with Zstandard and its checksum: the words of series, and frames of records.
 *
 * A frame is records in the order of their offsets: offset and moment of the append (the first of a frame as they are,
 * the others as differences, the moment's in zigzag), then the body of `record-body.ts` behind its length.
 */
export const segmentMagic = Buffer.from('HQBRONZ1');

/** Where the header begins. */
export const headerAt = segmentMagic.length + 4 + 32;

/** One compressed part. */
export interface SegmentPart {
  readonly bytes: number;
  readonly rawBytes: number;
}

export interface SegmentHeader extends SegmentContent {
  readonly words: SegmentPart;
  readonly frames: readonly SegmentPart[];
}

/** A frame or the words, packed. */
export interface PackedPart {
  readonly packed: Buffer;
  readonly rawBytes: number;
}

/** The bytes of a segment. */
export function assembleSegment(
  content: SegmentContent,
  parts: { readonly words: PackedPart; readonly frames: readonly PackedPart[] },
): Buffer {
  const all = [parts.words, ...parts.frames];
  const header: SegmentHeader = {
    ...content,
    words: sizeOf(parts.words),
    frames: parts.frames.map(sizeOf),
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([
    segmentMagic,
    length,
    hash('sha256', json, 'buffer'),
    json,
    ...all.map(({ packed }) => packed),
  ]);
}

function sizeOf({ packed, rawBytes }: PackedPart): SegmentPart {
  return { bytes: packed.length, rawBytes };
}
