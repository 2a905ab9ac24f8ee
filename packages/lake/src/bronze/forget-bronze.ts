import type { TenantId } from '@heliosiq/model';
import type { BlobStore, Forgetful, Forgotten } from '@heliosiq/ports';
import { listBronze } from './bronze-listing.ts';
import { startOfHour } from './bronze-names.ts';
import { coveredPairs, pairsOf, type BlobPair } from './covered-blobs.ts';
import { readKeptFrom, writeKeptFrom } from './kept-from.ts';
import { decodeManifest, type ManifestEntry } from './manifest.ts';

/** The records of a segment whose manifest is lost are taken to be from the two hours that begin with that of its name. */
const unknownMs = 2 * 3_600_000;

/**
 * Lets bronze forget what the log took before a moment: from the beginning of each stream whole segments, up to the first
 * one that has a record of that moment or a younger one. Where a stream begins from then on is noted first, so that what was
 * forgotten is not taken for lost.
 */
export function createBronzeForgetting(blobs: BlobStore): Forgetful {
  async function entryOf(tenantId: TenantId, { manifest }: BlobPair): Promise<ManifestEntry | undefined> {
    const bytes = manifest === undefined ? undefined : await blobs.get(tenantId, manifest.name);
    const decoded = bytes === undefined ? undefined : decodeManifest(bytes);
    return decoded?.ok === true ? decoded.value : undefined;
  }

  async function remove(
    tenantId: TenantId,
    { segment, manifest }: BlobPair,
    entry: ManifestEntry | undefined,
  ): Promise<void> {
    const kept = entry === undefined ? undefined : await readKeptFrom(blobs, tenantId, entry);
    if (entry !== undefined && (kept?.offset ?? -1) < entry.offsets.last) {
      const { partition, epoch, offsets, links } = entry;
      await writeKeptFrom(blobs, tenantId, { partition, epoch, offset: offsets.last, link: links.after });
    }
    for (const blob of [manifest, segment]) if (blob !== undefined) await blobs.remove(tenantId, blob.name);
  }

  return {
    async forget(tenantId, { before, isDryRun = false, signal }) {
      let forgotten: Forgotten = { items: 0, bytes: 0 };
      const listed = await Array.fromAsync(listBronze(blobs, tenantId));
      for (const stream of Map.groupBy(listed, ({ partition, epoch }) => `${partition} ${epoch}`).values()) {
        const pairs = pairsOf(stream);
        const covered = new Set(coveredPairs(pairs));
        for (const pair of pairs) {
          signal?.throwIfAborted();
          const entry = await entryOf(tenantId, pair);
          const hour = (pair.manifest ?? pair.segment)?.hour ?? '';
          if ((entry?.appended.last ?? startOfHour(hour) + unknownMs) >= before) break;
          forgotten = {
            items: forgotten.items + (covered.has(pair) ? 0 : (entry?.records ?? 0)),
            bytes: forgotten.bytes + (entry?.segment.bytes ?? 0),
          };
          if (!isDryRun) await remove(tenantId, pair, entry);
        }
      }
      return forgotten;
    },
  };
}
