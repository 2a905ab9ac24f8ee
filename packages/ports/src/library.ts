import type {
  Citation,
  Document,
  DocumentFormat,
  DocumentId,
  DocumentSummary,
  FoundPassage,
  Span,
  TenantId,
} from '@heliosiq/model';

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

/** A file as it was sent: of any kind that can be read. */
export interface NewFile {
  /** As `NewDocument.source`; its ending tells Markdown from plain text. */
  readonly source: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly tags?: readonly string[];
}

/** What adding a document did. */
export interface AddedDocument {
  readonly document: DocumentSummary;
  readonly outcome: 'added' | 'replaced' | 'unchanged';
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
  /** Only documents that carry one of `tags`, and none of a kind in `exceptKinds` (such as `incident`). */
  readonly filter?: { readonly tags?: readonly string[]; readonly exceptKinds?: readonly string[] };
  readonly asset?: AssetContext;
  /** Shows what does not hold for the asset or any more, marked, instead of leaving it out. */
  readonly showAll?: boolean;
  /** Passages of one document beyond so many stand behind those of others; any number when absent. */
  readonly perDocumentMax?: number;
  /** Gives of each passage the sentences that matter most for the question, at most so many; none when absent. */
  readonly sentencesMax?: number;
}

/** A sentence, list item, row or line of code of a passage: `text` is exactly the document's text in `span`. */
export interface RelevantSentence {
  readonly text: string;
  /** In the document. */
  readonly span: Span;
  /** The share of the question, weighted by how rare its terms are, that it contains: 0 to 1. */
  readonly share: number;
  /** How many terms of the question it contains. */
  readonly terms: number;
  /** The share with half of what stands in the headings above it: 0 to 1. */
  readonly score: number;
}

/** Two sentences about the same that cannot both be true: other numbers, or one says no. */
export interface Contradiction {
  readonly says: string;
  readonly otherwise: string;
  /** The passage that says otherwise, and its document's title. */
  readonly passageId: string;
  readonly title: string;
}

/** Whether a document holds for the asset, now. */
export interface PassageValidity {
  /** `unknown`: it is bound to something that the asset does not tell. */
  readonly applies: 'yes' | 'no' | 'unknown';
  /** One sentence a reason; empty when it applies without doubt and nothing newer goes before it. */
  readonly reasons: readonly string[];
}

/** A found passage with why it was found. */
export interface SearchedPassage extends FoundPassage {
  /** The share of the question, weighted by how rare its terms are, that the passage contains: 0 to 1. */
  readonly coverage: number;
  readonly validity: PassageValidity;
  /** In the passage's order; only where `sentencesMax` asked for them. */
  readonly sentences?: readonly RelevantSentence[];
  /** Where another document that holds as well says something else than one of these sentences. */
  readonly contradictions?: readonly Contradiction[];
  /** What the score is made of. */
  readonly parts: {
    /** BM25 with feedback; absent when no word was met. */
    readonly lexical?: number;
    /** Cosine similarity to the question; absent without vectors or when not among the nearest. */
    readonly dense?: number;
    /** How near words that follow each other in the question stand in the passage, 0 to 1; of the first of a fused list. */
    readonly proximity?: number;
    /** The share of the question in title and headings, 0 to 1; of the first of a fused list. */
    readonly headings?: number;
    /** What a reranking model gave, on its own scale; absent without one, or when it did not read this passage. */
    readonly reranked?: number;
    /** Why the reranking model read nothing for this search. */
    readonly notReranked?: string;
    /** How old news it is, 0 to 1; taken off the score. */
    readonly staleness: number;
    /** How little its document is trusted, 0 to 1, where it is not trusted fully; taken off the score. */
    readonly distrust?: number;
  };
}

/**
 * What became of a quote: `valid` where it was (`changed` when the document changed elsewhere), `moved` to another span,
 * or `gone`.
 */
export type CitationState =
  | { readonly state: 'valid'; readonly changed: boolean }
  | { readonly state: 'moved'; readonly span: Span }
  | { readonly state: 'gone' };

/** What of a citation is needed to check it. */
export type CheckedCitation = Pick<Citation, 'quote' | 'document'>;

/** The search half of the library, all that an answer needs. */
export interface PassageSearch {
  /** Best first, at most `limit`. */
  search(tenantId: TenantId, query: string, options: SearchOptions): Promise<readonly SearchedPassage[]>;
  /** Holds citations (at most 100) against their documents as they are stored now, by hash and text; in order. */
  checkCitations(tenantId: TenantId, citations: readonly CheckedCitation[]): Promise<readonly CitationState[]>;
}

/** Documents that people add, and what can be found in them. */
export interface Library extends PassageSearch {
  /** Stores and indexes; `unchanged` when the same text was there. */
  add(tenantId: TenantId, document: NewDocument): Promise<AddedDocument>;
  /** Reads a file and adds its text; rejects with `invalid-request` and the reason for what cannot be read. */
  addFile(tenantId: TenantId, file: NewFile): Promise<AddedDocument>;
  get(tenantId: TenantId, id: DocumentId): Promise<Document | undefined>;
  list(tenantId: TenantId, options: { readonly limit: number }): Promise<readonly DocumentSummary[]>;
  remove(tenantId: TenantId, id: DocumentId): Promise<boolean>;
}
