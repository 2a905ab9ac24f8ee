import { hash } from 'node:crypto';
import { accepted, HeliosError, rejected, type Outcome, type SeriesRef } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import { createByteReader } from './byte-reader.ts';
import type { ManifestEntry } from './manifest.ts';
import { unpack } from './packing.ts';
import { readRecordBody, type RecordBody } from './record-body.ts';
import { createRecordChain } from './record-chain.ts';
import { headerAt, segmentMagic, type SegmentHeader } from './segment-layout.ts';
import { addSeriesWords } from './series-words.ts';

/** A record as bronze keeps it: the acknowledged one, byte for byte. */
export interface BronzeRecord extends RecordBody {
  readonly offset: number;
  readonly appendedAt: number;
}

/** A segment whose checksum was found right. */
export interface OpenSegment {
  readonly header: SegmentHeader;
  /** The parts as they are packed. */
  readonly words: Buffer;
  readonly frames: readonly Buffer[];
  /** Adds the words of its series to those that are known. */
  addWords(known: Map<number, SeriesRef>): Promise<void>;
  /** The records, a frame at a time. Values are views of the frame. */
  records(): AsyncGenerator<readonly BronzeRecord[], void, undefined>;
}

const chain = createRecordChain();

/**
 * Checks a segment's bytes against its manifest; the reason says what is wrong. Where the manifest is lost, only the header
 * proves itself, and damage of a part is found when it is unpacked.
 */
export function openSegment(bytes: Buffer, entry: ManifestEntry | undefined): Outcome<OpenSegment> {
  if (entry !== undefined && sha256Hex(bytes) !== entry.segment.sha256) {
    return rejected('the SHA-256 of the segment is not that of its manifest');
  }
  const header = headerOf(bytes);
  if (header === undefined) return rejected('the segment has no readable header');
  let at = headerAt + bytes.readUInt32LE(segmentMagic.length);
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  const words = take(header.words.bytes);
  const frames = header.frames.map((frame) => take(frame.bytes));
  if (at !== bytes.length) return rejected('the segment is cut');
  return accepted({
    header,
    words,
    frames,
    async addWords(known) {
      addSeriesWords(known, await unpack(words, header.words.rawBytes));
    },
    async *records() {
      for (const [index, frame] of frames.entries()) {
        yield recordsOf(await unpack(frame, header.frames[index]?.rawBytes ?? 0));
      }
    },
  });
}

function headerOf(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < headerAt || !bytes.subarray(0, segmentMagic.length).equals(segmentMagic)) return undefined;
  const length = bytes.readUInt32LE(segmentMagic.length);
  const json = bytes.subarray(headerAt, headerAt + length);
  if (json.length < length || !hash('sha256', json, 'buffer').equals(bytes.subarray(headerAt - 32, headerAt)))
    return undefined;
  // The cast holds: the checksum says that the header is what this program wrote, the magic in which version.
  return JSON.parse(json.toString('utf8')) as SegmentHeader;
}

function recordsOf(raw: Buffer): BronzeRecord[] {
  const reader = createByteReader(raw);
  const records: BronzeRecord[] = [];
  let offset = 0;
  let appendedAt = 0;
  while (!reader.isAtEnd) {
    offset += reader.whole();
    appendedAt += unzigzag(reader.whole());
    records.push({ offset, appendedAt, ...readRecordBody(createByteReader(reader.bytes())) });
  }
  return records;
}

/** Follows the chain of hashes through a segment; rejects with `internal` when it does not end where the header says. */
export async function checkChain(segment: OpenSegment): Promise<void> {
  const { header, frames } = segment;
  let link: Buffer = Buffer.from(header.links.before, 'hex');
  for (const [index, frame] of frames.entries()) {
    const reader = createByteReader(await unpack(frame, header.frames[index]?.rawBytes ?? 0));
    let offset = 0;
    let appendedAt = 0;
    while (!reader.isAtEnd) {
      offset += reader.whole();
      appendedAt += unzigzag(reader.whole());
      link = chain.next(link, { offset, appendedAt, body: reader.bytes() });
    }
  }
  if (link.toString('hex') !== header.links.after) {
    throw new HeliosError('internal', 'the records of the segment are not those that its chain was made of');
  }
}

function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}
