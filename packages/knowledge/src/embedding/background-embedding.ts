/** Gives passages their vectors behind the back of searches, which go by words until they are there. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DocumentStore, Embedder, Logger } from '@heliosiq/ports';
import { embeddedText } from '../passage-fields.ts';
import type { TenantIndexes } from '../tenant-indexes.ts';
import type { AnyTenantIndex } from '../tenant-loading.ts';
import { embedPassages } from './embed-passages.ts';
import type { EmbeddingCache } from './embedding-cache.ts';

export interface BackgroundEmbeddingOptions {
  readonly embedder: Embedder;
  readonly cache?: EmbeddingCache;
  readonly logger: Logger;
  readonly documents: DocumentStore;
  readonly indexes: TenantIndexes;
  /** Resolves when there may be new work. */
  readonly changed: (signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

const RETRY_PAUSE_MS = 15_000;
/** How long the event loop is held for the graph of vectors at once. */
const SLICE_MS = 5;

/** Works until the signal aborts. While the embedder fails, what waits is tried again every 15 s. */
export async function embedInBackground(options: BackgroundEmbeddingOptions): Promise<void> {
  const { indexes, logger, changed, signal } = options;
  while (!signal.aborted) {
    const loaded = await indexes.loaded();
    const found = loaded.flatMap(([tenantId, index]) => {
      const id = index.waitingDocument();
      return id === undefined ? [] : [{ tenantId, index, id }];
    });
    const [next] = found;
    if (next === undefined) {
      // Searches and requests come in between the slices.
      const isUnfinished = loaded.map(([, index]) => index.improve(SLICE_MS)).includes(true);
      await (isUnfinished ? nextTurn() : changed(signal));
      continue;
    }
    try {
      await embedDocument(next, options);
    } catch (error) {
      if (signal.aborted) return;
      next.index.postpone(next.id);
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn({ tenantId: next.tenantId, reason }, 'passages wait for their vectors; searches go by words');
      await pauseOrAbort(RETRY_PAUSE_MS, signal);
    }
  }
}

async function embedDocument(
  {
    tenantId,
    index,
    id,
  }: { tenantId: Parameters<DocumentStore['get']>[0]; index: AnyTenantIndex; id: Parameters<DocumentStore['get']>[1] },
  { documents, indexes, embedder, cache, signal }: BackgroundEmbeddingOptions,
): Promise<void> {
  const summary = index.summary(id);
  const passages = await documents.passages(tenantId, id);
  if (summary === undefined) return;
  const texts = passages.map((passage) => embeddedText({ ...passage, title: summary.title }));
  const vectors = await embedPassages(texts, { embedder, signal, ...(cache && { cache }) });
  // While no document changes, so that none gets the vectors of what it was.
  await indexes.change(tenantId, async (current) => current.setVectors(id, summary.sha256, vectors));
}

function pauseOrAbort(pauseMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, pauseMs);
    signal.addEventListener('abort', end, { once: true });
  });
}
