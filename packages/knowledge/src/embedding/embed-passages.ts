/** Many passages to vectors, through the cache, in batches, with progress. */

import type { Embedder } from '@heliosiq/ports';
import type { EmbeddingCache } from './embedding-cache.ts';

export interface EmbedPassagesOptions {
  readonly embedder: Embedder;
  readonly cache?: EmbeddingCache;
  readonly signal?: AbortSignal;
  /** Told after each batch how many of the texts that were not in the cache are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

const BATCH_TEXTS = 64;

/** A vector for each text, in order. What was embedded before an error or an abort stays in the cache. */
export async function embedPassages(
  texts: readonly string[],
  { embedder, cache, signal, onProgress }: EmbedPassagesOptions,
): Promise<readonly ArrayLike<number>[]> {
  const vectors = new Map<string, ArrayLike<number>>();
  const missing = new Set<string>();
  for (const text of texts) {
    const kept = cache?.get(text);
    if (kept !== undefined) vectors.set(text, kept);
    else missing.add(text);
  }
  const wanted = [...missing];
  for (let from = 0; from < wanted.length; from += BATCH_TEXTS) {
    signal?.throwIfAborted();
    const batch = wanted.slice(from, from + BATCH_TEXTS);
    const made = await embedder.embed(batch, { purpose: 'passage', ...(signal && { signal }) });
    for (const [index, text] of batch.entries()) {
      const vector = made[index];
      if (vector === undefined) continue;
      vectors.set(text, vector);
      cache?.put(text, vector);
    }
    await cache?.flush();
    onProgress?.(Math.min(wanted.length, from + BATCH_TEXTS), wanted.length);
  }
  return texts.map((text) => vectors.get(text) ?? new Float32Array(0));
}
