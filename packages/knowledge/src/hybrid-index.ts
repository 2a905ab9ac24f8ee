/** Words and vectors of the same passages, searched together. */

import type { SearchMode } from '@heliosiq/ports';
import { createBm25 } from './bm25.ts';
import type { Bm25Index, Bm25Parts, IndexedText } from './bm25.ts';
import { DEFAULT_FEEDBACK } from './relevance-feedback.ts';
import { fuseScores } from './score-fusion.ts';
import type { FusedHit } from './score-fusion.ts';
import { createVectorIndex } from './vector-index.ts';
import type { VectorIndex, VectorParts } from './vector-index.ts';

/** A question as an index takes it. Without a vector every mode is lexical. */
export interface HybridQuery {
  readonly text: string;
  readonly vector?: ArrayLike<number>;
  readonly mode: SearchMode;
}

export interface HybridSearchOptions {
  readonly limit: number;
  readonly accept?: (key: string) => boolean;
}

/** One index of one tenant: texts by key, and a vector for each key as soon as it is known. */
export interface HybridIndex {
  /** Adds or replaces a text; its vector is gone until `setVector`. */
  readonly add: (key: string, text: IndexedText) => void;
  /** Gives a key its vector; false when the key is not (or no more) in the index. */
  readonly setVector: (key: string, vector: ArrayLike<number>) => boolean;
  readonly hasVector: (key: string) => boolean;
  readonly remove: (key: string) => boolean;
  readonly search: (query: HybridQuery, options: HybridSearchOptions) => FusedHit[];
  readonly coverage: Bm25Index['coverage'];
  readonly weights: Bm25Index['weights'];
  /** Drops all vectors, for a model of `dimensions`. */
  readonly resetVectors: (dimensions: number) => void;
  /** Works on faster search of vectors for about `budgetMs`; true when there is more to do. */
  readonly improve: (budgetMs: number) => boolean;
  readonly size: () => number;
  readonly vectors: () => number;
  readonly bytes: () => number;
  readonly parts: () => HybridParts;
}

export interface HybridParts {
  readonly lexical: Bm25Parts;
  readonly dense: VectorParts & { readonly dimensions: number };
}

/** The constants of the search: the same for every tenant and every collection. */
export const HYBRID_SETTINGS = {
  feedback: DEFAULT_FEEDBACK,
  /** Hits of each ranking whose scores are fused. */
  depth: 1000,
  /** The same of vectors where a graph is searched, which takes as long as the words do at this depth. */
  graphDepth: 400,
  denseShare: 0.5,
} as const;

/** An index, empty or made of `parts`. `dimensions` is the length of vectors; 0 where there are none. */
export function createHybridIndex(
  options: { readonly dimensions?: number; readonly parts?: HybridParts } = {},
): HybridIndex {
  const lexical = createBm25(undefined, options.parts?.lexical);
  const known = new Set(options.parts?.lexical.keys);
  let dimensions = options.parts?.dense.dimensions ?? options.dimensions ?? 0;
  let dense: VectorIndex = createVectorIndex({
    dimensions,
    ...(options.parts && { parts: options.parts.dense }),
  });

  return {
    add(key, text) {
      lexical.add(key, text);
      dense.remove(key);
      known.add(key);
    },
    setVector(key, vector) {
      if (!known.has(key)) return false;
      dense.put(key, vector);
      return true;
    },
    hasVector: (key) => dense.has(key),
    remove(key) {
      dense.remove(key);
      known.delete(key);
      return lexical.remove(key);
    },
    search({ text, vector, mode }, { limit, accept }) {
      const { depth, graphDepth, denseShare } = HYBRID_SETTINGS;
      const filter = accept && { accept };
      if (mode === 'lexical' || vector === undefined || dense.size() === 0) {
        const hits = lexical.search(text, { limit, ...filter, feedback: HYBRID_SETTINGS.feedback });
        return hits.map(({ key, score }) => ({ key, score, lexical: score }));
      }
      const near = dense.search(vector, {
        limit: mode === 'dense' ? limit : dense.isGraphed() ? graphDepth : depth,
        ...filter,
      });
      if (mode === 'dense') return near.map(({ key, score }) => ({ key, score, dense: score }));
      const words = lexical.search(text, { limit: depth, ...filter, feedback: HYBRID_SETTINGS.feedback });
      return fuseScores(words, near, { denseShare, hasVector: (key) => dense.has(key) }).slice(0, limit);
    },
    coverage: lexical.coverage,
    weights: lexical.weights,
    resetVectors(length) {
      dimensions = length;
      dense = createVectorIndex({ dimensions });
    },
    improve: (budgetMs) => dense.improve(budgetMs),
    size: lexical.size,
    vectors: () => dense.size(),
    bytes: () => lexical.bytes() + dense.bytes(),
    parts: () => ({ lexical: lexical.parts(), dense: { ...dense.parts(), dimensions } }),
  };
}
