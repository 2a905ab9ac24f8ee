/** A tenant's index in memory: from its snapshot where there is a good one, brought to what the store holds now. */

import type { DocumentSummary, TenantId } from '@heliosiq/model';
import type { DocumentStore } from '@heliosiq/ports';
import { readIndexSnapshot, writeIndexSnapshot } from './index-snapshot.ts';
import type { SnapshotFolder } from './snapshot-folder.ts';
import { createTenantIndex, followStore } from './tenant-index.ts';
import type { TenantIndex } from './tenant-index.ts';

interface About {
  readonly tenantId: TenantId;
  readonly summaries: readonly DocumentSummary[];
  readonly modelId: string | null;
}

/** Loads an index. A snapshot that is missing, damaged, of another format or of another tenant costs time and nothing else. */
export async function loadTenantIndex(
  documents: DocumentStore,
  tenantId: TenantId,
  snapshots: SnapshotFolder | undefined,
): Promise<TenantIndex> {
  const index = (await fromSnapshot(tenantId, snapshots)) ?? createTenantIndex();
  await followStore(index, documents, tenantId);
  return index;
}

/** Keeps an index for the next start. */
export async function saveTenantIndex(
  tenantId: TenantId,
  index: TenantIndex,
  snapshots: SnapshotFolder,
): Promise<void> {
  const { passages, summaries, modelId = null } = index.parts();
  const about: About = { tenantId, summaries, modelId };
  await snapshots.write(tenantId, writeIndexSnapshot(passages, about));
}

async function fromSnapshot(
  tenantId: TenantId,
  snapshots: SnapshotFolder | undefined,
): Promise<TenantIndex | undefined> {
  const bytes = await snapshots?.read(tenantId).catch(() => undefined);
  const snapshot = bytes && readIndexSnapshot(bytes);
  if (snapshot === undefined) return undefined;
  // The checksum and the format held, so saveTenantIndex wrote it.
  const about = snapshot.about as About;
  if (about.tenantId !== tenantId) return undefined;
  return createTenantIndex({
    passages: snapshot.parts,
    summaries: about.summaries,
    modelId: about.modelId ?? undefined,
  });
}
