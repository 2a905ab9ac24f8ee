import type { SeriesRef, TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import { isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { LogRecord } from '@heliosiq/ports';
import { hourOf, type BronzeStream } from './bronze-names.ts';
import { createBytePieces } from './byte-pieces.ts';
import { createPieceStock } from '../piece-stock.ts';
import { createByteWriter } from './byte-writer.ts';
import type { ManifestEntry, SegmentContent } from './manifest.ts';
import { type NumberSet } from './number-set.ts';
import { pack } from './packing.ts';
import { writeRecordBody } from './record-body.ts';
import { createRecordChain } from './record-chain.ts';
import { scanSamples } from './sample-scan.ts';
import { assembleSegment, type PackedPart } from './segment-layout.ts';
import { encodeSeriesWords } from './series-words.ts';

/** A segment as it is to be stored. */
export interface Segment {
  readonly entry: ManifestEntry;
  readonly bytes: Buffer;
}

/** A segment that records are still added to. */
export interface SegmentDraft {
  readonly hour: string;
  readonly records: number;
  readonly lastOffset: number;
  /** The chain after the last record. */
  readonly link: Buffer;
  /** Bytes that it holds in memory, about. */
  readonly heldBytes: number;
  /** Numbers of series that were not known before. */
  readonly newRefs: readonly number[];
  add(record: LogRecord): void;
  /** Finishes it; `words` are those of `newRefs`, as far as anybody knows them. */
  finish(words: ReadonlyMap<number, SeriesRef>): Promise<Segment>;
}

export interface SegmentDraftOptions {
  readonly tenantId: TenantId;
  readonly stream: BronzeStream;
  /** When the log took its first record. */
  readonly startedAt: number;
  /** The hour of its name. Default: that of `startedAt`. */
  readonly hour?: string;
  /** The chain before its first record. */
  readonly link: Buffer;
  /** Series whose words are in segments of the hour; those of this one are added. */
  readonly knownRefs: NumberSet;
}

/** Bytes of a frame before compression: what a reader holds at a time. */
const frameBytes = 1_000_000;

/** In which the frames of all drafts of the process gather; 2 MiB wait for those that grow next. */
const pieces = createPieceStock({ pieceBytes: 8192, spareMax: 256 });
/** In which a frame is whole while it is compressed: there is room for all but the largest records behind its other bytes. */
const rooms = createPieceStock({ pieceBytes: frameBytes + 65_536, spareMax: 1 });

const chain = createRecordChain();
/** What goes ahead of the body of a record. */
const head = createByteWriter();

/** An empty segment. */
export function createSegmentDraft(options: SegmentDraftOptions): SegmentDraft {
  const { tenantId, stream, startedAt, link: before, knownRefs } = options;
  const hour = options.hour ?? hourOf(startedAt);
  const gathered = createBytePieces(pieces);
  const body = createByteWriter();
  const frames: Promise<PackedPart>[] = [];
  const newRefs: number[] = [];
  let packedBytes = 0;
  let link = before;
  const counts = { records: 0, samples: 0, signals: 0 };
  let offsets: { first: number; last: number } | undefined;
  let appended = { first: startedAt, last: startedAt };
  let times = { first: Infinity, last: -Infinity };
  let frameStart: { offset: number; appendedAt: number } | undefined;

  function noteRef(ref: number): void {
    if (knownRefs.add(ref)) newRefs.push(ref);
  }

  function noteContent(value: Uint8Array): void {
    if (!isSampleColumns(value)) {
      counts.signals += 1;
      return;
    }
    const scanned = scanSamples(value, noteRef);
    // What cannot be read is kept as it came, and counted as nothing.
    if (scanned === undefined || scanned.samples === 0) return;
    counts.samples += scanned.samples;
    times = { first: Math.min(times.first, scanned.firstAt), last: Math.max(times.last, scanned.lastAt) };
  }

  function closeFrame(): void {
    if (gathered.length === 0) return;
    const room = rooms.take();
    const packing = pack(gathered.joinInto(room)).then((part) => {
      rooms.giveBack([room]);
      packedBytes += part.packed.length;
      return part;
    });
    // Told by `finish`; this only keeps Node from seeing it as unhandled until then.
    packing.catch(() => undefined);
    frames.push(packing);
    frameStart = undefined;
  }

  return {
    hour,
    newRefs,
    get records() {
      return counts.records;
    },
    get lastOffset() {
      return offsets?.last ?? -1;
    },
    get link() {
      return link;
    },
    get heldBytes() {
      return packedBytes + gathered.length;
    },

    add(record) {
      const { offset, appendedAt } = record;
      body.clear();
      writeRecordBody(body, record);
      const bytes = body.view(0);
      link = chain.next(link, { offset, appendedAt, body: bytes });
      head.clear();
      head.whole(frameStart === undefined ? offset : offset - frameStart.offset);
      head.whole(zigzag(frameStart === undefined ? appendedAt : appendedAt - frameStart.appendedAt));
      head.whole(bytes.length);
      gathered.append(head.view(0));
      gathered.append(bytes);
      frameStart = { offset, appendedAt };
      noteContent(record.value);
      counts.records += 1;
      offsets = { first: offsets?.first ?? offset, last: offset };
      appended = { first: Math.min(appended.first, appendedAt), last: Math.max(appended.last, appendedAt) };
      if (gathered.length >= frameBytes) closeFrame();
    },

    async finish(words) {
      closeFrame();
      const packed = { words: await pack(encodeSeriesWords(words)), frames: await Promise.all(frames) };
      const content: SegmentContent = {
        format: 1,
        tenant: tenantId,
        ...stream,
        hour,
        ...counts,
        series: words.size,
        offsets: offsets ?? { first: 0, last: 0 },
        appended,
        times: counts.samples === 0 ? null : times,
        links: { before: before.toString('hex'), after: link.toString('hex') },
      };
      return segmentOf(content, packed);
    },
  };
}

/** A segment of packed parts with its manifest. */
export function segmentOf(
  content: SegmentContent,
  parts: { readonly words: PackedPart; readonly frames: readonly PackedPart[] },
): Segment {
  const bytes = assembleSegment(content, parts);
  const rawBytes = parts.frames.reduce((sum, frame) => sum + frame.rawBytes, parts.words.rawBytes);
  return { bytes, entry: { ...content, segment: { bytes: bytes.length, rawBytes, sha256: sha256Hex(bytes) } } };
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}
