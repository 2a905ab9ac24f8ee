import type { ListedBlob } from './bronze-listing.ts';

/** A segment and its manifest, as far as they are there. */
export interface BlobPair {
  readonly base: string;
  readonly segment: ListedBlob | undefined;
  readonly manifest: ListedBlob | undefined;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** Segments and manifests by twos, in the order of their offsets, the longer first. */
export function pairsOf(listed: readonly ListedBlob[]): BlobPair[] {
  const byBase = Map.groupBy(listed, ({ name }) => name.slice(0, name.lastIndexOf('.')));
  return [...byBase]
    .map(([base, blobs]) => {
      const segment = blobs.find(({ kind }) => kind === 'segment');
      const manifest = blobs.find(({ kind }) => kind === 'manifest');
      const { firstOffset, lastOffset } = segment ?? manifest ?? { firstOffset: 0, lastOffset: 0 };
      return { base, segment, manifest, firstOffset, lastOffset };
    })
    .sort((a, b) => a.firstOffset - b.firstOffset || b.lastOffset - a.lastOffset || (a.base < b.base ? -1 : 1));
}

/**
 * The pairs whose records are all in another one, as their names tell. Of two with the same records the smaller name stays,
 * so that everyone who cleans up keeps the same.
 */
export function coveredPairs(pairs: readonly BlobPair[]): BlobPair[] {
  let widest: BlobPair | undefined;
  return pairs.filter((pair) => {
    if (widest !== undefined && pair.lastOffset <= widest.lastOffset) return true;
    // Only what has both can stand for another.
    if (pair.segment !== undefined && pair.manifest !== undefined) widest = pair;
    return false;
  });
}
