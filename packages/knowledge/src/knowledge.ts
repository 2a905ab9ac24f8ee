/** The library of a tenant: documents in, cited passages out. */

import { HeliosError } from '@heliosiq/model';
import type { DocumentId, DocumentSummary, Passage, TenantId } from '@heliosiq/model';
import { documentIdOf } from '@heliosiq/model/content-id.ts';
import type {
  DocumentStore,
  Embedder,
  EmbedderModel,
  Library,
  Logger,
  SearchedPassage,
  StateStore,
} from '@heliosiq/ports';
import { readDocument } from './document-reading.ts';
import { embedInBackground } from './embedding/background-embedding.ts';
import type { EmbeddingCache } from './embedding/embedding-cache.ts';
import { createQuestionVectors } from './question-vectors.ts';
import type { QuestionVectors } from './question-vectors.ts';
import { seedRunbooks, SHIPPED_RUNBOOKS_FOLDER } from './runbook-seed.ts';
import type { SeedResult } from './runbook-seed.ts';
import { DOCUMENTS_PER_TENANT_MAX, loadTenantIndex } from './tenant-index.ts';
import type { KnownVector, TenantIndex } from './tenant-index.ts';
import { createTenantIndexes } from './tenant-indexes.ts';
import { createWakeSignal } from './wake-signal.ts';

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

/** What embeds passages and questions, and where vectors are kept. */
export interface KnowledgeEmbedding {
  readonly embedder: Embedder;
  readonly cache?: EmbeddingCache;
  readonly logger: Logger;
}

export interface Knowledge extends Library {
  /**
   * Brings the shipped runbooks to a tenant: new ones and new versions. One that somebody edited or removed since stays
   * as they left it.
   */
  seed(tenantId: TenantId): Promise<SeedResult>;
  /** Searches by meaning as well, from now until the signal aborts; passages get their vectors in the background. */
  embed(embedding: KnowledgeEmbedding, signal: AbortSignal): Promise<void>;
  /** What is in memory. */
  figures(): Promise<KnowledgeFigures>;
}

/** How much of the knowledge is in memory, over all tenants in use. */
export interface KnowledgeFigures {
  readonly tenants: number;
  readonly passages: number;
  /** Passages that have a vector of the model in use. */
  readonly vectors: number;
  readonly bytes: number;
  /** The model in use; absent when searches go by words. */
  readonly model?: EmbedderModel;
}

const SEARCH_LIMIT_MAX = 100;
const QUERY_LENGTH_MAX = 4000;

/** The knowledge of all tenants over one store. Indexes live in this process and are built from the store at first use. */
export function createKnowledge(deps: KnowledgeDependencies): Knowledge {
  const { documents, now } = deps;
  let vectors:
    | { readonly model: EmbedderModel; readonly known: KnownVector; readonly ofQuestion: QuestionVectors }
    | undefined;
  const { wake, wait } = createWakeSignal();
  const indexes = createTenantIndexes(async (tenantId) => {
    const index = await loadTenantIndex(documents, tenantId);
    if (vectors !== undefined) index.expectVectors(vectors.model.dimensions, vectors.known);
    wake();
    return index;
  }, deps.tenantsInMemoryMax ?? 64);

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
      wake();
      const { text: _text, ...summary } = document;
      return { document: { ...summary, passages: passages.length }, outcome: before ? 'replaced' : 'added' };
    });

  const remove: Library['remove'] = (tenantId, id) =>
    indexes.change(tenantId, async (index) => {
      if (!(await documents.get(tenantId, id))) return false;
      return write(tenantId, index, id, () => documents.remove(tenantId, id));
    });

  const search: Knowledge['search'] = async (tenantId, text, { limit, mode = 'hybrid', ...narrowed }) => {
    if (!Number.isInteger(limit) || limit < 1 || limit > SEARCH_LIMIT_MAX) {
      throw new HeliosError('invalid-request', `a search gives 1 to ${SEARCH_LIMIT_MAX} passages`, { field: 'limit' });
    }
    const question = text.slice(0, QUERY_LENGTH_MAX);
    const vector = mode === 'lexical' ? undefined : await vectors?.ofQuestion(question);
    const index = await indexes.get(tenantId);
    const hits = index.search(
      { text: question, mode, ...(vector && { vector }) },
      { limit: limit * 2, now: now(), ...narrowed },
    );
    const passagesOf = new Map<DocumentId, Promise<readonly Passage[]>>();
    for (const { documentId } of hits) {
      if (!passagesOf.has(documentId)) passagesOf.set(documentId, documents.passages(tenantId, documentId));
    }
    await Promise.all(passagesOf.values());
    const found: SearchedPassage[] = [];
    const seen = new Set<string>();
    for (const { key, documentId, sha256, score, coverage, validity, ...hit } of hits) {
      const summary = index.summary(documentId);
      const passage = (await passagesOf.get(documentId))?.find((candidate) => candidate.id === key);
      // The document changed while it was read: left out rather than cited with another version's hash.
      if (summary?.sha256 !== sha256 || !passage) continue;
      // The same text kept under two names is one answer.
      const identity = `${sha256}:${passage.ordinal}`;
      if (seen.has(identity)) continue;
      seen.add(identity);
      const { title, source } = summary;
      const { lexical, dense } = hit;
      const parts = {
        staleness: hit.staleness,
        ...(lexical !== undefined && { lexical }),
        ...(dense !== undefined && { dense }),
      };
      found.push({ passage, score, title, source, sha256, coverage, validity, parts });
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
    async embed({ embedder, cache, logger }, signal) {
      const model = await embedder.model(signal);
      const known: KnownVector = (text) => cache?.get(text);
      vectors = { model, known, ofQuestion: createQuestionVectors(embedder, logger) };
      try {
        for (const [, index] of await indexes.loaded()) index.expectVectors(model.dimensions, known);
        logger.info({ model: model.label }, 'passages are searched by meaning');
        const shared = { embedder, logger, documents, indexes, changed: wait, signal };
        await embedInBackground({ ...shared, ...(cache && { cache }) });
      } finally {
        vectors = undefined;
      }
    },
    async figures() {
      const loaded = (await indexes.loaded()).map(([, index]) => index);
      const sum = (figure: (index: TenantIndex) => number): number =>
        loaded.reduce((total, index) => total + figure(index), 0);
      return {
        tenants: loaded.length,
        passages: sum((index) => index.passageCount()),
        vectors: sum((index) => index.vectorCount()),
        bytes: sum((index) => index.bytes()),
        ...(vectors && { model: vectors.model }),
      };
    },
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
