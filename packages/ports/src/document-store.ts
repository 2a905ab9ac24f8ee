import type { Document, DocumentId, DocumentSummary, Passage, TenantId } from '@heliosiq/model';

/** Documents and their passages. */
export interface DocumentStore {
  /** Replaces a document and all its passages in one transaction. */
  put(tenantId: TenantId, document: Document, passages: readonly Passage[]): Promise<void>;
  get(tenantId: TenantId, id: DocumentId): Promise<Document | undefined>;
  /** By title, at most `limit` (1 to 10,000). */
  list(tenantId: TenantId, options: { readonly limit: number }): Promise<readonly DocumentSummary[]>;
  passages(tenantId: TenantId, id: DocumentId): Promise<readonly Passage[]>;
  /** Removes a document with its passages; false when it was not there. */
  remove(tenantId: TenantId, id: DocumentId): Promise<boolean>;
}
