import type { TenantId } from '@heliosiq/model';
import type { BlobStore, EventLog } from '@heliosiq/ports';
import { readBronzeCatalogue, type BronzeCatalogue } from '../bronze/bronze-catalogue.ts';
import type { BronzeFinding } from '../bronze/bronze-finding.ts';
import type { BronzeViewOptions } from './bronze-view.ts';
import type { LiveFirst } from './live-first.ts';
import { awaitMark, takeMark, type LogMark } from './log-mark.ts';

/** What every proof about a tenant's data works with. */
export interface ProofContext {
  readonly tenantId: TenantId;
  readonly log: EventLog;
  readonly blobs: BlobStore;
  readonly liveFirst: LiveFirst;
  /** The records that are looked at were in the log before this. */
  readonly mark: LogMark;
  readonly signal: AbortSignal;
  /** Asks for what gathers for bronze to be stored now. */
  readonly hurry: () => void;
  /** Told of every part of bronze that cannot be read. */
  readonly onFinding: (finding: BronzeFinding) => void;
  /** Told how far the work is: of 1. */
  readonly onProgress: (share: number) => void;
}

/** How to read bronze up to the mark, or between two. */
export function viewOf(
  context: ProofContext,
  catalogue: BronzeCatalogue,
  marks: { readonly from?: LogMark; readonly to?: LogMark } = {},
): BronzeViewOptions {
  const { tenantId, blobs, liveFirst, signal, mark, onFinding } = context;
  return { tenantId, blobs, liveFirst, signal, onFinding, catalogue, to: mark, ...marks };
}

/** The end of the log now, once bronze has everything before it. */
export async function markInBronze({ log, hurry, signal }: ProofContext): Promise<LogMark> {
  const mark = await takeMark(log);
  await awaitMark(log, mark, { groups: ['bronze'], hurry, signal });
  return mark;
}

/** A catalogue as it is now: segments may have been merged since the last one. */
export function catalogueOf({ blobs, tenantId }: ProofContext): Promise<BronzeCatalogue> {
  return readBronzeCatalogue(blobs, tenantId);
}

/**
 * From when on bronze has whatever came: the log took the first record that it has of each partition before this, in
 * milliseconds since the epoch. What stores hold of earlier moments may have come before bronze began.
 */
export function coveredFrom({ streams }: BronzeCatalogue): number {
  const first = new Map<number, number>();
  for (const { stream, segments } of streams) {
    const at = segments[0]?.content.appended.first;
    if (at !== undefined && !first.has(stream.partition)) first.set(stream.partition, at);
  }
  return first.size === 0 ? Infinity : Math.max(...first.values());
}

/** Findings by name, each once. */
export function distinctFindings(findings: readonly BronzeFinding[]): BronzeFinding[] {
  return [...new Map(findings.map((finding) => [`${finding.kind} ${finding.name}`, finding])).values()];
}
