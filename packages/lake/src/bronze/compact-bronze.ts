import type { SeriesRef, TenantId } from '@heliosiq/model';
import type { BlobStore, Pacer } from '@heliosiq/ports';
import { storeSegment } from './bronze-blobs.ts';
import { listBronze, type ListedBlob } from './bronze-listing.ts';
import { hourOf } from './bronze-names.ts';
import { coveredPairs, pairsOf, type BlobPair } from './covered-blobs.ts';
import { decodeManifest, type ManifestEntry } from './manifest.ts';
import { createNumberSet } from './number-set.ts';
import { createSegmentDraft } from './segment-draft.ts';
import { openSegment } from './segment-reader.ts';

export interface CompactBronzeOptions {
  readonly now: number;
  readonly pacer: Pacer;
  /** When blobs were first seen to be in others, by name; kept by the caller from round to round. */
  readonly coveredSince: Map<string, number>;
  readonly signal?: AbortSignal;
}

/** What a round did. */
export interface Compacted {
  /** Segments that became part of a larger one. */
  readonly merged: number;
  /** Blobs removed because their records are in others. */
  readonly removed: number;
}

/** Segments of this size are left as they are. */
const largeBytes = 8 * 2 ** 20;

/** Bytes of small segments that become one at most: a bound of memory. */
const mergedBytesMax = 32 * 2 ** 20;

/** As long as an hour goes on its segments wait until there are so many. */
const openHourSegments = 32;

/** Blobs that are in others stay so long for those who read them. */
const graceMs = 900_000;

/**
 * Merges the small segments of each hour and stream into one, and removes those that were merged a while ago. The order of
 * steps keeps every record in at least one segment at any moment; several rounds at once do no harm.
 */
export async function compactBronze(
  blobs: BlobStore,
  tenantId: TenantId,
  options: CompactBronzeOptions,
): Promise<Compacted> {
  const { now, coveredSince } = options;
  let merged = 0;
  let removed = 0;
  let group: ListedBlob[] = [];

  async function compactGroup(): Promise<void> {
    const pairs = pairsOf(group);
    group = [];
    const covered = new Set(coveredPairs(pairs));
    for (const { segment, manifest } of covered) {
      // The manifest goes first: a segment without one is known to be left over.
      for (const { name } of [manifest, segment].filter((blob) => blob !== undefined)) {
        const since = coveredSince.get(name) ?? now;
        coveredSince.set(name, since);
        if (now - since < graceMs) continue;
        coveredSince.delete(name);
        if (await blobs.remove(tenantId, name)) removed += 1;
      }
    }
    const small = pairs.filter(
      (pair) => !covered.has(pair) && pair.segment !== undefined && pair.manifest !== undefined,
    );
    const isOpen = pairs[0]?.segment?.hour === hourOf(now);
    if (small.length < (isOpen ? openHourSegments : 2)) return;
    for (const run of await runsOf(blobs, tenantId, small)) {
      options.signal?.throwIfAborted();
      merged += await mergeRun(blobs, tenantId, { run, pacer: options.pacer });
    }
  }

  for await (const listed of listBronze(blobs, tenantId)) {
    const [first] = group;
    if (first !== undefined && !isSameGroup(first, listed)) await compactGroup();
    group.push(listed);
    await options.pacer.giveWay();
  }
  await compactGroup();
  return { merged, removed };
}

function isSameGroup(a: ListedBlob, b: ListedBlob): boolean {
  return a.hour === b.hour && a.partition === b.partition && a.epoch === b.epoch;
}

interface Mergeable {
  readonly name: string;
  readonly entry: ManifestEntry;
}

/** Neighbours in the chain of hashes that are small together; what cannot be read parts them. */
async function runsOf(blobs: BlobStore, tenantId: TenantId, pairs: readonly BlobPair[]): Promise<Mergeable[][]> {
  const runs: Mergeable[][] = [];
  let run: Mergeable[] = [];
  let runBytes = 0;
  const close = (): void => {
    if (run.length > 1) runs.push(run);
    run = [];
    runBytes = 0;
  };
  for (const { segment, manifest } of pairs) {
    const bytes = manifest === undefined ? undefined : await blobs.get(tenantId, manifest.name);
    const decoded = bytes === undefined ? undefined : decodeManifest(bytes);
    if (decoded?.ok !== true || segment === undefined || decoded.value.segment.bytes >= largeBytes) {
      close();
      continue;
    }
    const entry = decoded.value;
    const follows = run.at(-1)?.entry.links.after === entry.links.before;
    if (!follows || runBytes + entry.segment.bytes > mergedBytesMax) close();
    run.push({ name: segment.name, entry });
    runBytes += entry.segment.bytes;
  }
  close();
  return runs;
}

/** Writes a run's records as one segment; 0 when one of them is gone or damaged, which then stays for those who look for damage. */
async function mergeRun(
  blobs: BlobStore,
  tenantId: TenantId,
  { run, pacer }: { readonly run: readonly Mergeable[]; readonly pacer: Pacer },
): Promise<number> {
  const [first] = run;
  if (first === undefined) return 0;
  const { partition, epoch, appended, links } = first.entry;
  const words = new Map<number, SeriesRef>();
  const draft = createSegmentDraft({
    tenantId,
    stream: { partition, epoch },
    startedAt: appended.first,
    hour: first.entry.hour,
    link: Buffer.from(links.before, 'hex'),
    knownRefs: createNumberSet(),
  });
  for (const { name, entry } of run) {
    const bytes = await blobs.get(tenantId, name);
    const opened = bytes === undefined ? undefined : openSegment(Buffer.from(bytes), entry);
    if (opened?.ok !== true) return 0;
    await opened.value.addWords(words);
    for await (const records of opened.value.records()) {
      for (const record of records) {
        draft.add({ ...record, tenantId, topic: 'signals', partition });
        await pacer.giveWay();
      }
    }
    if (draft.link.toString('hex') !== entry.links.after) return 0;
  }
  await storeSegment(blobs, tenantId, await draft.finish(words));
  return run.length;
}
