import type { Document, DocumentFormat, DocumentId, DocumentSummary, FoundPassage, TenantId } from '@heliosiq/model';

export interface NewDocument {
  /** Where it came from, unique in its tenant; adding it again replaces the earlier version. */
  readonly source: string;
  readonly format: DocumentFormat;
  /** At most 2,000,000 characters. */
  readonly text: string;
  /** Taken from front matter or the first heading when absent. */
  readonly title?: string;
  readonly tags?: readonly string[];
}

/** How passages are searched: by words, by meaning, or both; what is not there is done without. */
export type SearchMode = 'lexical' | 'dense' | 'hybrid';

/** The asset that a question is about, as far as it is known: documents that are not for it are left out. */
export interface AssetContext {
  readonly class?: string;
  readonly product?: string;
  readonly component?: string;
  /** The firmware or software version that runs on it. */
  readonly version?: string;
}

export interface SearchOptions {
  /** 1 to 100. */
  readonly limit: number;
  /** `hybrid` when absent; `lexical` where no embedding model is in use. */
  readonly mode?: SearchMode;
  /** Only documents that carry one of `tags`. */
  readonly filter?: { readonly tags?: readonly string[] };
  readonly asset?: AssetContext;
  /** Shows what does not hold for the asset or any more, marked, instead of leaving it out. */
  readonly showAll?: boolean;
}

/** Whether a document holds for the asset, now. */
export interface PassageValidity {
  /** `unknown`: it is bound to something that the asset does not tell. */
  readonly applies: 'yes' | 'no' | 'unknown';
  /** One sentence a reason; empty when it applies without doubt. */
  readonly reasons: readonly string[];
}

/** A found passage with why it was found. */
export interface SearchedPassage extends FoundPassage {
  /** The share of the question, weighted by how rare its terms are, that the passage contains: 0 to 1. */
  readonly coverage: number;
  readonly validity: PassageValidity;
  /** What the score is made of. */
  readonly parts: {
    /** BM25 with feedback; absent when no word was met. */
    readonly lexical?: number;
    /** Cosine similarity to the question; absent without vectors or when not among the nearest. */
    readonly dense?: number;
    /** How old news it is, 0 to 1; taken off the score. */
    readonly staleness: number;
  };
}

/** The search half of the library, all that an answer needs. */
export interface PassageSearch {
  /** Best first, at most `limit`. */
  search(tenantId: TenantId, query: string, options: SearchOptions): Promise<readonly SearchedPassage[]>;
}

/** Documents that people add, and what can be found in them. */
export interface Library extends PassageSearch {
  /** Stores and indexes; `unchanged` when the same text was there. */
  add(
    tenantId: TenantId,
    document: NewDocument,
  ): Promise<{ readonly document: DocumentSummary; readonly outcome: 'added' | 'replaced' | 'unchanged' }>;
  get(tenantId: TenantId, id: DocumentId): Promise<Document | undefined>;
  list(tenantId: TenantId, options: { readonly limit: number }): Promise<readonly DocumentSummary[]>;
  remove(tenantId: TenantId, id: DocumentId): Promise<boolean>;
}
