/** A tenant's index, in this process or shared, and how it is brought to what the store holds now. */

import type { DocumentSummary, TenantId } from '@heliosiq/model';
import type { DocumentStore } from '@heliosiq/ports';
import { readIndexSnapshot, writeIndexSnapshot } from './index-snapshot.ts';
import type { SharedTenantIndex } from './shared-tenant-index.ts';
import type { SnapshotFolder } from './snapshot-folder.ts';
import { createTenantIndex, followStore } from './tenant-index.ts';
import type { TenantIndex } from './tenant-index.ts';

interface About {
  readonly tenantId: TenantId;
  readonly summaries: readonly DocumentSummary[];
  readonly modelId: string | null;
}

/** An index in this process, or this process's part of one that programs share. */
export type AnyTenantIndex = TenantIndex | SharedTenantIndex;

/** Brings an index to what the store holds; gives how many documents differed. */
export function followDocuments(index: AnyTenantIndex, documents: DocumentStore, tenantId: TenantId): Promise<number> {
  return 'follow' in index ? index.follow() : followStore(index, documents, tenantId);
}

/** Loads an index into this process. A snapshot that is missing, damaged, of another format or of another tenant costs time and nothing else. */
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
  index: AnyTenantIndex,
  snapshots: SnapshotFolder,
): Promise<void> {
  // A shared index is kept where it is.
  if (!('parts' in index)) return;
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
