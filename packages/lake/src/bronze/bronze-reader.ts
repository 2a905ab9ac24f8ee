import { HeliosError, type SeriesRef, type TenantId } from '@heliosiq/model';
import type { BlobStore } from '@heliosiq/ports';
import type { CataloguedSegment, CataloguedStream } from './bronze-catalogue.ts';
import type { BronzeFinding } from './bronze-finding.ts';
import { checkChain, openSegment, type BronzeRecord, type OpenSegment } from './segment-reader.ts';

/** Records of one segment with the words of the series that they are of. */
export interface BronzeFrame {
  readonly records: readonly BronzeRecord[];
  /** All series whose words were met so far in the stream. */
  readonly series: ReadonlyMap<number, SeriesRef>;
}

export interface ReadBronzeOptions {
  /** Only segments for which this is true are opened; the words of their series may be in others. */
  readonly wants?: (segment: CataloguedSegment) => boolean;
  /** Also follow the chain of hashes record by record. */
  readonly followsChain?: boolean;
  /** Told of every segment that cannot be read; the others are read all the same. */
  readonly onFinding?: (finding: BronzeFinding) => void;
  /** Told after every segment, read or not. */
  readonly onSegment?: (segment: CataloguedSegment) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads a stream in the order of its records, each record once, a frame of about a megabyte at a time.
 *
 * The words of a series are in the first segment of an hour that has samples of it; where that one is not wanted its
 * words are read all the same.
 */
export async function* readBronzeStream(
  blobs: BlobStore,
  tenantId: TenantId,
  { segments }: CataloguedStream,
  options: ReadBronzeOptions = {},
): AsyncGenerator<BronzeFrame, void, undefined> {
  const { wants = () => true, onFinding = () => undefined, signal } = options;
  const series = new Map<number, SeriesRef>();
  const wantedHours = new Set(segments.filter(wants).map(({ content }) => content.hour));
  for (const segment of segments) {
    signal?.throwIfAborted();
    const isWanted = wants(segment);
    if (!isWanted && !(segment.content.series > 0 && wantedHours.has(segment.content.hour))) continue;
    const opened = await openCatalogued(blobs, tenantId, segment);
    if (typeof opened === 'string') {
      onFinding(damageOf(segment, opened));
    } else {
      try {
        await opened.addWords(series);
        if (isWanted) yield* framesOf(opened, segment, { ...options, series, onFinding });
      } catch (error) {
        if (!isDamage(error)) throw error;
        onFinding(damageOf(segment, `a part cannot be unpacked: ${error.message}`));
      }
    }
    options.onSegment?.(segment);
  }
}

async function* framesOf(
  opened: OpenSegment,
  segment: CataloguedSegment,
  {
    series,
    followsChain = false,
    onFinding,
  }: ReadBronzeOptions & {
    readonly series: ReadonlyMap<number, SeriesRef>;
    readonly onFinding: (finding: BronzeFinding) => void;
  },
): AsyncGenerator<BronzeFrame, void, undefined> {
  if (followsChain) {
    try {
      await checkChain(opened);
    } catch (error) {
      onFinding({ ...damageOf(segment, error instanceof Error ? error.message : String(error)), kind: 'chain-broken' });
    }
  }
  for await (const records of opened.records()) {
    const news = records.filter(({ offset }) => offset > segment.afterOffset);
    if (news.length > 0) yield { records: news, series };
  }
}

/** Opens a segment; the reason when it cannot be. */
async function openCatalogued(
  blobs: BlobStore,
  tenantId: TenantId,
  { name, entry }: CataloguedSegment,
): Promise<OpenSegment | string> {
  const bytes = await blobs.get(tenantId, name);
  if (bytes === undefined) {
    // Merged into a larger one since the catalogue was read.
    throw new HeliosError('conflict', `The segment ${name} was merged meanwhile`, { cure: 'read the catalogue again' });
  }
  const opened = openSegment(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), entry);
  return opened.ok ? opened.value : opened.reason;
}

function damageOf({ name, content }: CataloguedSegment, detail: string): BronzeFinding {
  const { partition, epoch, offsets, samples, times } = content;
  const range = times === null ? {} : { times };
  return { partition, epoch, kind: 'segment-damaged', name, detail, offsets, samples, ...range };
}

/** True for what the decompression says of damaged bytes. */
function isDamage(error: unknown): error is Error {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return false;
  return error.code.startsWith('ZSTD_') || error.code === 'Z_BUF_ERROR' || error.code === 'ERR_BUFFER_TOO_LARGE';
}
