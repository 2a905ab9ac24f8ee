/** One tenant's passages as they can be searched: the lexical index and what an answer says of each document. */

import type { Document, DocumentId, DocumentSummary, Passage, TenantId } from '@heliosiq/model';
import type { DocumentStore } from '@heliosiq/ports';
import { createBm25 } from './bm25.ts';
import type { Bm25Hit } from './bm25.ts';

/** Narrows a search to documents that carry one of `tags` (lower case). */
export interface PassageFilter {
  readonly tags?: readonly string[];
}

/** A passage that matched, with its document and the hash that the document had then. */
export interface TenantHit extends Bm25Hit {
  readonly documentId: DocumentId;
  readonly sha256: string;
}

/** A search structure of one tenant. Passage texts stay in the store; only terms and documents' names are held here. */
export interface TenantIndex {
  readonly put: (document: Document, passages: readonly Passage[]) => void;
  readonly remove: (id: DocumentId) => void;
  readonly summary: (id: DocumentId) => DocumentSummary | undefined;
  readonly documentCount: () => number;
  readonly search: (query: string, limit: number, filter?: PassageFilter) => readonly TenantHit[];
}

/** The most documents of one tenant: what one `DocumentStore.list` gives. */
export const DOCUMENTS_PER_TENANT_MAX = 10_000;

/** Reads all documents of a tenant from the store and indexes them. */
export async function loadTenantIndex(documents: DocumentStore, tenantId: TenantId): Promise<TenantIndex> {
  const index = createTenantIndex();
  for (const summary of await documents.list(tenantId, { limit: DOCUMENTS_PER_TENANT_MAX })) {
    index.put({ ...summary, text: '' }, await documents.passages(tenantId, summary.id));
  }
  return index;
}

/** An empty index of one tenant. */
export function createTenantIndex(): TenantIndex {
  const lexical = createBm25();
  const summaries = new Map<DocumentId, DocumentSummary>();
  const documentOfPassage = new Map<string, DocumentId>();

  function remove(id: DocumentId): void {
    const passages = summaries.get(id)?.passages ?? 0;
    for (let ordinal = 0; ordinal < passages; ordinal++) {
      lexical.remove(`${id}:${ordinal}`);
      documentOfPassage.delete(`${id}:${ordinal}`);
    }
    summaries.delete(id);
  }

  return {
    put(document, passages) {
      remove(document.id);
      const { text: _text, ...rest } = document;
      summaries.set(document.id, { ...rest, passages: passages.length });
      for (const passage of passages) {
        const headings = [...passage.headings.slice(1), ...document.tags];
        lexical.add(passage.id, { title: document.title, headings, body: passage.text });
        documentOfPassage.set(passage.id, document.id);
      }
    },
    remove,
    summary: (id) => summaries.get(id),
    documentCount: () => summaries.size,
    search(query, limit, filter) {
      const wanted = filter?.tags?.map((tag) => tag.toLowerCase());
      const accept = (key: string): boolean => {
        const id = documentOfPassage.get(key);
        const tags = id === undefined ? undefined : summaries.get(id)?.tags;
        return wanted === undefined || (tags !== undefined && wanted.some((tag) => tags.includes(tag)));
      };
      return lexical.search(query, { limit, accept }).flatMap((hit) => {
        const documentId = documentOfPassage.get(hit.key);
        const sha256 = documentId && summaries.get(documentId)?.sha256;
        return documentId && sha256 ? [{ ...hit, documentId, sha256 }] : [];
      });
    },
  };
}
