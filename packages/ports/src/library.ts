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

/** The search half of the library, all that an answer needs. */
export interface PassageSearch {
  /** Best first, at most `limit` (1 to 100). */
  search(tenantId: TenantId, query: string, options: { readonly limit: number }): Promise<readonly FoundPassage[]>;
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
