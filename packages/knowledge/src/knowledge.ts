/** The library of a tenant: documents in, cited passages out. */

import { HeliosError } from '@heliosiq/model';
import type { DocumentId, DocumentSummary, FoundPassage, Passage, TenantId } from '@heliosiq/model';
import { documentIdOf } from '@heliosiq/model/content-id.ts';
import type { DocumentStore, Library, StateStore } from '@heliosiq/ports';
import { readDocument } from './document-reading.ts';
import { seedRunbooks, SHIPPED_RUNBOOKS_FOLDER } from './runbook-seed.ts';
import type { SeedResult } from './runbook-seed.ts';
import { DOCUMENTS_PER_TENANT_MAX, loadTenantIndex } from './tenant-index.ts';
import type { PassageFilter, TenantIndex } from './tenant-index.ts';
import { createTenantIndexes } from './tenant-indexes.ts';

export interface KnowledgeDependencies {
  readonly documents: DocumentStore;
  /** Remembers which version of each shipped runbook a tenant was given. */
  readonly state: StateStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Indexes held in memory at once; 64 when absent. */
  readonly tenantsInMemoryMax?: number;
  /** Where the runbooks to seed are; those shipped with this package when absent. */
  readonly runbooksFolder?: string | URL;
}

export interface KnowledgeSearchOptions {
  /** 1 to 100. */
  readonly limit: number;
  readonly filter?: PassageFilter;
}

/** A found passage with the share of the question, weighted by how rare its terms are, that it contains: 0 to 1. */
export interface KnowledgePassage extends FoundPassage {
  readonly coverage: number;
}

export interface Knowledge extends Library {
  search(tenantId: TenantId, query: string, options: KnowledgeSearchOptions): Promise<readonly KnowledgePassage[]>;
  /**
   * Brings the shipped runbooks to a tenant: new ones and new versions. One that somebody edited or removed since stays
   * as they left it.
   */
  seed(tenantId: TenantId): Promise<SeedResult>;
}

const SEARCH_LIMIT_MAX = 100;
const QUERY_LENGTH_MAX = 4000;

/** The knowledge of all tenants over one store. Indexes live in this process and are built from the store at first use. */
export function createKnowledge(deps: KnowledgeDependencies): Knowledge {
  const { documents, now } = deps;
  const indexes = createTenantIndexes(
    (tenantId) => loadTenantIndex(documents, tenantId),
    deps.tenantsInMemoryMax ?? 64,
  );

  /**
   * Changes the store while the document is out of the index, so that no search pairs the old name and hash with the new
   * passages. When the store fails, the index is dropped, because what the store holds then is not known here.
   */
  async function write<Result>(
    tenantId: TenantId,
    index: TenantIndex,
    id: DocumentId,
    work: () => Promise<Result>,
  ): Promise<Result> {
    index.remove(id);
    try {
      return await work();
    } catch (error) {
      indexes.forget(tenantId);
      throw error;
    }
  }

  const add: Library['add'] = (tenantId, input) =>
    indexes.change(tenantId, async (index) => {
      const { document, passages } = readDocument(tenantId, input, now());
      const before = index.summary(document.id);
      if (before && sameContent(before, document)) return { document: before, outcome: 'unchanged' };
      if (!before && index.documentCount() >= DOCUMENTS_PER_TENANT_MAX) {
        throw new HeliosError('conflict', `a tenant holds at most ${DOCUMENTS_PER_TENANT_MAX} documents`, {
          cure: 'remove documents that are no longer needed',
        });
      }
      await write(tenantId, index, document.id, () => documents.put(tenantId, document, passages));
      index.put(document, passages);
      const { text: _text, ...summary } = document;
      return { document: { ...summary, passages: passages.length }, outcome: before ? 'replaced' : 'added' };
    });

  const remove: Library['remove'] = (tenantId, id) =>
    indexes.change(tenantId, async (index) => {
      if (!(await documents.get(tenantId, id))) return false;
      return write(tenantId, index, id, () => documents.remove(tenantId, id));
    });

  const search: Knowledge['search'] = async (tenantId, query, { limit, filter }) => {
    if (!Number.isInteger(limit) || limit < 1 || limit > SEARCH_LIMIT_MAX) {
      throw new HeliosError('invalid-request', `a search gives 1 to ${SEARCH_LIMIT_MAX} passages`, { field: 'limit' });
    }
    const index = await indexes.get(tenantId);
    const hits = index.search(query.slice(0, QUERY_LENGTH_MAX), limit * 2, filter);
    const passagesOf = new Map<DocumentId, Promise<readonly Passage[]>>();
    for (const { documentId } of hits) {
      if (!passagesOf.has(documentId)) passagesOf.set(documentId, documents.passages(tenantId, documentId));
    }
    await Promise.all(passagesOf.values());
    const found: KnowledgePassage[] = [];
    const seen = new Set<string>();
    for (const { key, documentId, sha256, score, coverage } of hits) {
      const summary = index.summary(documentId);
      const passage = (await passagesOf.get(documentId))?.find((candidate) => candidate.id === key);
      // The document changed while it was read: left out rather than cited with another version's hash.
      if (summary?.sha256 !== sha256 || !passage) continue;
      // The same text kept under two names is one answer.
      const identity = `${sha256}:${passage.ordinal}`;
      if (seen.has(identity)) continue;
      seen.add(identity);
      found.push({ passage, score, coverage, title: summary.title, source: summary.source, sha256 });
      if (found.length === limit) break;
    }
    return found;
  };

  return {
    add,
    remove,
    search,
    get: (tenantId, id) => documents.get(tenantId, id),
    list: (tenantId, options) => documents.list(tenantId, options),
    seed: (tenantId) =>
      seedRunbooks(
        {
          add,
          summary: async (source) => (await indexes.get(tenantId)).summary(documentIdOf(tenantId, source)),
          state: deps.state,
        },
        tenantId,
        deps.runbooksFolder ?? SHIPPED_RUNBOOKS_FOLDER,
      ),
  };
}

function sameContent(a: DocumentSummary, b: Omit<DocumentSummary, 'passages'>): boolean {
  return (
    a.sha256 === b.sha256 && a.title === b.title && a.format === b.format && a.tags.join('\n') === b.tags.join('\n')
  );
}
