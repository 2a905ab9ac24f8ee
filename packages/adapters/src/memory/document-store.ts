import type { Document, DocumentId, DocumentSummary, Passage } from '@heliosiq/model';
import type { DocumentStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

interface HeldDocument {
  readonly document: Document;
  readonly passages: readonly Passage[];
}

/** A document store in memory, gone with the process. */
export function createMemoryDocumentStore(): DocumentStore {
  const tenants = createTenantMap(() => new Map<DocumentId, HeldDocument>());
  return {
    async put(tenantId, document, passages) {
      const ordered = passages.toSorted((a, b) => a.ordinal - b.ordinal);
      tenants.of(tenantId).set(document.id, { document, passages: ordered });
    },
    async get(tenantId, id) {
      return tenants.of(tenantId).get(id)?.document;
    },
    async list(tenantId, { limit }) {
      checkedLimit(limit, 10_000);
      return [...tenants.of(tenantId).values()]
        .map(({ document, passages }) => summaryOf(document, passages.length))
        .sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },
    async passages(tenantId, id) {
      return tenants.of(tenantId).get(id)?.passages ?? [];
    },
    async remove(tenantId, id) {
      return tenants.of(tenantId).delete(id);
    },
  };
}

function summaryOf(document: Document, passages: number): DocumentSummary {
  const { id, source, title, format, tags, sha256, addedAt } = document;
  return { id, source, title, format, tags, sha256, addedAt, passages };
}
