import type { SeriesRef, TenantId } from '@heliosiq/model';
import type { BlobStore } from '@heliosiq/ports';
import type { BronzeCatalogue, CataloguedSegment, CataloguedStream } from '../bronze/bronze-catalogue.ts';
import type { BronzeFinding } from '../bronze/bronze-finding.ts';
import { readBronzeStream } from '../bronze/bronze-reader.ts';
import type { BronzeRecord } from '../bronze/segment-reader.ts';
import type { LiveFirst } from './live-first.ts';
import type { LogMark } from './log-mark.ts';

/** A record with the words of the series known at its place. */
export interface ViewedRecord {
  readonly record: BronzeRecord;
  readonly partition: number;
  readonly series: ReadonlyMap<number, SeriesRef>;
}

export interface BronzeViewOptions {
  readonly blobs: BlobStore;
  readonly tenantId: TenantId;
  readonly catalogue: BronzeCatalogue;
  readonly liveFirst: LiveFirst;
  /** Only records from here on. */
  readonly from?: LogMark;
  /** Only records before this. */
  readonly to?: LogMark;
  readonly wants?: (segment: CataloguedSegment) => boolean;
  readonly onFinding?: (finding: BronzeFinding) => void;
  readonly onSegment?: (segment: CataloguedSegment) => void;
  readonly signal: AbortSignal;
}

/** The records of a tenant between two marks of the log, stream by stream, each in order. */
export async function* viewBronze(options: BronzeViewOptions): AsyncGenerator<ViewedRecord, void, undefined> {
  const { blobs, tenantId, catalogue, liveFirst, onFinding, onSegment, signal } = options;
  for (const stream of catalogue.streams) {
    const { partition } = stream.stream;
    // Older epochs ended before any mark of today's log.
    const isNewest = isNewestEpoch(catalogue, stream);
    const from = isNewest
      ? (options.from?.get(partition) ?? -Infinity)
      : options.from === undefined
        ? -Infinity
        : Infinity;
    const to = isNewest ? (options.to?.get(partition) ?? Infinity) : Infinity;
    const wants = (segment: CataloguedSegment): boolean =>
      segment.content.offsets.last >= from && segment.content.offsets.first < to && (options.wants?.(segment) ?? true);
    const reading = {
      wants,
      signal,
      ...(onFinding === undefined ? {} : { onFinding }),
      ...(onSegment === undefined ? {} : { onSegment }),
    };
    for await (const { records, series } of readBronzeStream(blobs, tenantId, stream, reading)) {
      for (const record of records) {
        if (record.offset < from || record.offset >= to) continue;
        yield { record, partition, series };
        await liveFirst.giveWay();
      }
    }
  }
}

function isNewestEpoch({ streams }: BronzeCatalogue, { stream }: CataloguedStream): boolean {
  return !streams.some((other) => other.stream.partition === stream.partition && other.stream.epoch > stream.epoch);
}
