import type { TenantId } from '@heliosiq/model';
import type { SearchMode } from './library.ts';

/** A passage as it is searched. */
export interface IndexedPassage {
  /** 1 to 200 characters, unique in its tenant. */
  readonly key: string;
  readonly title: string;
  /** The headings above it, without the title. */
  readonly headings: readonly string[];
  /** Lower case. */
  readonly tags: readonly string[];
  readonly text: string;
  /** Of the length that the index was opened with; a passage without one is found by its words. */
  readonly vector?: ArrayLike<number>;
}

export interface IndexQuery {
  readonly text: string;
  /** The question's vector; without one every mode goes by words. */
  readonly vector?: ArrayLike<number>;
  readonly mode: SearchMode;
  /** 1 to 1,000. */
  readonly limit: number;
  /** Only passages that carry one of these. */
  readonly tags?: readonly string[];
}

export interface IndexHit {
  readonly key: string;
  /** Orders one answer only. */
  readonly score: number;
  /** What words gave, on the engine's own scale. */
  readonly lexical?: number;
  /** Cosine similarity, -1 to 1. */
  readonly dense?: number;
}

/** Passages of many tenants that can be searched by words and vectors. */
export interface SearchIndex {
  /** Adds or replaces passages, at most 1,000; they are found as soon as this resolves. */
  put(tenantId: TenantId, passages: readonly IndexedPassage[]): Promise<void>;
  /** Removes passages, at most 1,000; gives how many were there. */
  remove(tenantId: TenantId, keys: readonly string[]): Promise<number>;
  /** Best first, at most `limit`, each key once. A question that meets nothing gives nothing; it never fails for its text. */
  search(tenantId: TenantId, query: IndexQuery): Promise<readonly IndexHit[]>;
  size(tenantId: TenantId): Promise<number>;
}

/** The most passages or keys in one call of a `SearchIndex`. */
export const PASSAGES_PER_CALL_MAX = 1000;
