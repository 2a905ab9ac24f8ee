import type { TenantId } from '@heliosiq/model';
import type { BlobStore } from '@heliosiq/ports';
import type { BronzeFinding } from './bronze-finding.ts';
import { listBronze, type ListedBlob } from './bronze-listing.ts';
import type { BronzeStream } from './bronze-names.ts';
import { readKeptFrom } from './kept-from.ts';
import { decodeManifest, nameOfEntry, type ManifestEntry, type SegmentContent } from './manifest.ts';
import { firstLink } from './record-chain.ts';
import { openSegment } from './segment-reader.ts';

/** A segment in its place in a stream. */
export interface CataloguedSegment {
  /** The name of its blob. */
  readonly name: string;
  readonly content: SegmentContent;
  /** What proves its bytes; undefined when its manifest is lost and only its own header is left. */
  readonly entry: ManifestEntry | undefined;
  /** Records up to this offset are in segments before it. */
  readonly afterOffset: number;
}

/** One stream of a tenant, its segments in the order of their records, each record once. */
export interface CataloguedStream {
  readonly stream: BronzeStream;
  readonly segments: readonly CataloguedSegment[];
}

/** A tenant's bronze as its manifests tell. */
export interface BronzeCatalogue {
  /** By partition, then epoch. */
  readonly streams: readonly CataloguedStream[];
  readonly findings: readonly BronzeFinding[];
}

interface Candidate {
  readonly name: string;
  readonly content: SegmentContent;
  readonly entry: ManifestEntry | undefined;
}

/** A manifest whose segment is gone, or a segment without a readable manifest. */
type Leftover =
  | { readonly kind: 'segment-missing'; readonly listed: ListedBlob; readonly entry: ManifestEntry }
  | { readonly kind: 'unreadable'; readonly finding: BronzeFinding; readonly listed: ListedBlob };

/**
 * Reads all manifests of a tenant, puts the segments of each stream in order, and names what is missing: a manifest, a
 * segment, or records between two segments. Segments are not opened, but those whose manifest is lost.
 */
export async function readBronzeCatalogue(blobs: BlobStore, tenantId: TenantId): Promise<BronzeCatalogue> {
  const byStream = Map.groupBy(await Array.fromAsync(listBronze(blobs, tenantId)), streamKeyOf);
  const keys = [...byStream.keys()].sort((a, b) => a - b);
  const streams: CataloguedStream[] = [];
  const findings: BronzeFinding[] = [];
  for (const key of keys) {
    const listed = byStream.get(key) ?? [];
    const [first] = listed;
    if (first === undefined) continue;
    const { partition, epoch } = first;
    const found = await readStream(blobs, tenantId, { stream: { partition, epoch }, listed });
    streams.push(found.stream);
    findings.push(...found.findings);
  }
  return { streams, findings };
}

/** Orders streams by partition, then epoch. */
function streamKeyOf({ partition, epoch }: BronzeStream): number {
  return partition * 2 ** 20 + epoch;
}

async function readStream(
  blobs: BlobStore,
  tenantId: TenantId,
  { stream, listed }: { readonly stream: BronzeStream; readonly listed: readonly ListedBlob[] },
): Promise<{ readonly stream: CataloguedStream; readonly findings: BronzeFinding[] }> {
  const candidates: Candidate[] = [];
  const leftovers: Leftover[] = [];
  const byBase = Map.groupBy(listed, ({ name }) => baseOf(name));
  for (const pair of byBase.values()) {
    const manifest = pair.find(({ kind }) => kind === 'manifest');
    const segment = pair.find(({ kind }) => kind === 'segment');
    const entry = manifest === undefined ? undefined : await readEntry(blobs, tenantId, manifest);
    if (typeof entry === 'object' && segment !== undefined) {
      candidates.push({ name: segment.name, content: entry, entry });
    } else if (typeof entry === 'object' && manifest !== undefined) {
      leftovers.push({ kind: 'segment-missing', listed: manifest, entry });
    } else {
      const at = manifest ?? segment;
      if (at === undefined) continue;
      const own = segment === undefined ? undefined : await readOwnHeader(blobs, tenantId, segment);
      if (own !== undefined) candidates.push(own);
      leftovers.push({
        kind: 'unreadable',
        listed: at,
        finding: unreadableFinding(at, typeof entry === 'string' ? entry : undefined),
      });
    }
  }
  const keptFrom = await readKeptFrom(blobs, tenantId, stream);
  const start = {
    offset: keptFrom?.offset ?? -1,
    link: keptFrom?.link ?? firstLink(tenantId, stream).toString('hex'),
  };
  const ordered = inOrder(candidates, leftovers, start);
  return { stream: { stream, segments: ordered.segments }, findings: findingsOf(ordered, leftovers) };
}

/** A manifest's entry, or what is wrong with it. Undefined when it is gone meanwhile. */
async function readEntry(
  blobs: BlobStore,
  tenantId: TenantId,
  { name }: ListedBlob,
): Promise<ManifestEntry | string | undefined> {
  const bytes = await blobs.get(tenantId, name);
  if (bytes === undefined) return undefined;
  const decoded = decodeManifest(bytes);
  if (!decoded.ok) return decoded.reason;
  const isItsOwn = decoded.value.tenant === tenantId && nameOfEntry(decoded.value, 'manifest') === name;
  return isItsOwn ? decoded.value : 'the manifest is that of another segment';
}

async function readOwnHeader(
  blobs: BlobStore,
  tenantId: TenantId,
  { name, firstOffset, lastOffset }: ListedBlob,
): Promise<Candidate | undefined> {
  const bytes = await blobs.get(tenantId, name);
  const opened = bytes === undefined ? undefined : openSegment(Buffer.from(bytes), undefined);
  if (opened?.ok !== true) return undefined;
  const { header } = opened.value;
  const isItsOwn =
    header.tenant === tenantId && header.offsets.first === firstOffset && header.offsets.last === lastOffset;
  return isItsOwn ? { name, content: header, entry: undefined } : undefined;
}

function unreadableFinding(listed: ListedBlob, reason: string | undefined): BronzeFinding {
  const { partition, epoch, firstOffset, lastOffset } = listed;
  const isDamaged = reason !== undefined;
  return {
    partition,
    epoch,
    kind: isDamaged ? 'manifest-damaged' : 'manifest-missing',
    name: isDamaged ? listed.name : listed.name.replace(/seg$/, 'json'),
    detail: reason ?? 'the segment has no manifest',
    offsets: { first: firstOffset, last: lastOffset },
  };
}

interface Ordered {
  readonly segments: readonly CataloguedSegment[];
  /** Lost segments that the chain of hashes goes through. */
  readonly lost: ReadonlySet<ManifestEntry>;
  readonly gaps: readonly BronzeFinding[];
  readonly lastOffset: number;
}

/**
 * The fewest segments that hold every record, and where the chain of hashes does not go on. Segments that lack their
 * manifest are taken where nothing else has their records: most are what an interrupted write left over.
 */
function inOrder(
  candidates: readonly Candidate[],
  leftovers: readonly Leftover[],
  start: { readonly offset: number; readonly link: string },
): Ordered {
  const proven = candidates.filter(({ entry }) => entry !== undefined);
  const ordered = chained(proven, leftovers, start);
  const isNeeded = ({ content }: Candidate): boolean =>
    content.offsets.last > ordered.lastOffset ||
    ordered.gaps.some(({ offsets }) => offsets !== undefined && content.offsets.first <= offsets.last);
  const needed = candidates.filter((candidate) => candidate.entry === undefined && isNeeded(candidate));
  return needed.length === 0 ? ordered : chained([...proven, ...needed], leftovers, start);
}

function chained(
  candidates: readonly Candidate[],
  leftovers: readonly Leftover[],
  start: { readonly offset: number; readonly link: string },
): Ordered {
  // What is known of lost segments keeps the chain whole: their loss is told once, as theirs.
  const missing = leftovers.flatMap((each) => (each.kind === 'segment-missing' ? [each.entry] : []));
  const all = [
    ...candidates.map((candidate) => ({ candidate, content: candidate.content, lost: undefined, rank: 0 })),
    ...missing.map((entry) => ({ candidate: undefined, content: entry, lost: entry, rank: 1 })),
  ].sort(
    (a, b) =>
      a.content.offsets.first - b.content.offsets.first ||
      b.content.offsets.last - a.content.offsets.last ||
      a.rank - b.rank,
  );
  const segments: CataloguedSegment[] = [];
  const lost = new Set<ManifestEntry>();
  const gaps: BronzeFinding[] = [];
  let { offset, link } = start;
  for (const { candidate, content, lost: entry } of all) {
    if (content.offsets.last <= offset) continue;
    if (content.offsets.first > offset && content.links.before !== link) {
      gaps.push(gapBefore(content, { name: candidate?.name ?? '', offset }));
    }
    if (candidate !== undefined) segments.push({ ...candidate, afterOffset: offset });
    if (entry !== undefined) lost.add(entry);
    offset = content.offsets.last;
    link = content.links.after;
  }
  return { segments, lost, gaps, lastOffset: offset };
}

function gapBefore(
  { partition, epoch, offsets }: SegmentContent,
  { name, offset }: { readonly name: string; readonly offset: number },
): BronzeFinding {
  return {
    partition,
    epoch,
    kind: 'records-missing',
    name,
    detail: `the chain does not go on from offset ${offset}: records before this segment are missing`,
    offsets: { first: offset + 1, last: offsets.first - 1 },
  };
}

/** What is lost, or was read only because nothing else has it. */
function findingsOf({ segments, lost, gaps, lastOffset }: Ordered, leftovers: readonly Leftover[]): BronzeFinding[] {
  const used = new Set(segments.map(({ name }) => baseOf(name)));
  const told = leftovers.flatMap((leftover): BronzeFinding[] => {
    if (leftover.kind === 'segment-missing') return lost.has(leftover.entry) ? [lossOf(leftover.entry)] : [];
    const { firstOffset, lastOffset: last, name } = leftover.listed;
    const isMissed =
      last > lastOffset ||
      gaps.some(({ offsets }) => offsets !== undefined && firstOffset <= offsets.last && last >= offsets.first);
    return used.has(baseOf(name)) || isMissed ? [leftover.finding] : [];
  });
  return [...told, ...gaps];
}

function lossOf(entry: ManifestEntry): BronzeFinding {
  const { partition, epoch, offsets, samples, times } = entry;
  const name = nameOfEntry(entry, 'segment');
  const range = times === null ? {} : { times };
  return { partition, epoch, kind: 'segment-missing', name, detail: 'the segment is gone', offsets, samples, ...range };
}

function baseOf(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}
