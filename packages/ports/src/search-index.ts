import type { TenantId } from '@heliosiq/model';
import type { SearchMode } from './library.ts';

/** A passage as it is searched. */
export interface IndexedPassage {
  /** 1 to 200 characters, unique in its tenant. */
  readonly key: string;
  /** The document that it is of, 1 to 200 characters. */
  readonly document: string;
  /** Which version of the document, with all that is searched of it; the same for all its passages. */
  readonly version: string;
  readonly title: string;
  /** The headings above it, without the title. */
  readonly headings: readonly string[];
  /** Lower case. */
  readonly tags: readonly string[];
  readonly text: string;
  /** Of the length that the index was opened with; a passage without one is found by its words. */
  readonly vector?: ArrayLike<number>;
}

/** The vector of a passage. */
export interface PassageVector extends Pick<IndexedPassage, 'key' | 'version'> {
  readonly vector: ArrayLike<number>;
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
  /** No passage of these documents; at most 10,000. */
  readonly exceptDocuments?: readonly string[];
}

export interface IndexHit {
  readonly key: string;
  readonly document: string;
  readonly version: string;
  /** Orders one answer only. */
  readonly score: number;
  /** What words gave, on the engine's own scale. */
  readonly lexical?: number;
  /** Cosine similarity, -1 to 1. */
  readonly dense?: number;
  /** The share of the question, weighted by how rare its terms are, that the passage contains: 0 to 1. */
  readonly coverage: number;
}

/** What an index holds of a document. */
export interface IndexedDocument {
  readonly document: string;
  readonly version: string;
  readonly passages: number;
  /** How many of them have a vector. */
  readonly vectors: number;
}

/** Passages of many tenants that can be searched by words and vectors. */
export interface SearchIndex {
  /** Adds or replaces passages, at most 1,000; they are found as soon as this resolves. */
  put(tenantId: TenantId, passages: readonly IndexedPassage[]): Promise<void>;
  /**
   * Gives passages that are there, in this version, their vectors, at most 1,000; the rest is passed over. What an index
   * opened for another model holds of them stays.
   */
  setVectors(tenantId: TenantId, vectors: readonly PassageVector[]): Promise<void>;
  /** Removes passages, at most 1,000; gives how many were there. */
  remove(tenantId: TenantId, keys: readonly string[]): Promise<number>;
  /** Removes all passages of a document; gives how many there were. */
  removeDocument(tenantId: TenantId, document: string): Promise<number>;
  /** Best first, at most `limit`, each key once. A question that meets nothing gives nothing; it never fails for its text. */
  search(tenantId: TenantId, query: IndexQuery): Promise<readonly IndexHit[]>;
  /** The terms of a question, each with its weight by rarity, greater than 0. */
  weights(tenantId: TenantId, text: string): Promise<ReadonlyMap<string, number>>;
  /** What is held, by document. */
  documents(tenantId: TenantId): Promise<readonly IndexedDocument[]>;
  size(tenantId: TenantId): Promise<number>;
}

/** A search index that several programs use at once, opened for one embedding model at a time. */
export interface SharedSearchIndex {
  /** Passages with the vectors of `model`; vectors of others are not seen. Without a model every search goes by words. */
  open(model?: { readonly id: string; readonly dimensions: number }): Promise<SearchIndex>;
}

/** The most passages or keys in one call of a `SearchIndex`. */
export const PASSAGES_PER_CALL_MAX = 1000;
/** The most documents that one search leaves out. */
export const EXCEPT_DOCUMENTS_MAX = 10_000;
