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
  SharedSearchIndex,
  StateStore,
} from '@heliosiq/ports';
import { verifyCitation } from './citation.ts';
import { readDocument } from './document-reading.ts';
import { embedInBackground } from './embedding/background-embedding.ts';
import type { EmbeddingCache } from './embedding/embedding-cache.ts';
import { withContradictions } from './contradictions.ts';
import { FEATURE_DEPTH } from './feature-reranking.ts';
import { createModelReranking } from './model-reranking.ts';
import type { ModelReranking, ModelRerankingOptions } from './model-reranking.ts';
import { createQuestionVectors } from './question-vectors.ts';
import type { QuestionVectors } from './question-vectors.ts';
import { relevantSentences } from './relevant-sentences.ts';
import { rerankHits } from './reranked-hits.ts';
import { seedRunbooks, SHIPPED_RUNBOOKS_FOLDER } from './runbook-seed.ts';
import type { SeedResult } from './runbook-seed.ts';
import { openSharedTenantIndex } from './shared-tenant-index.ts';
import { DOCUMENTS_PER_TENANT_MAX } from './tenant-index.ts';
import type { KnownVector } from './tenant-index.ts';
import type { SnapshotFolder } from './snapshot-folder.ts';
import { createTenantIndexes } from './tenant-indexes.ts';
import { followDocuments, loadTenantIndex, saveTenantIndex } from './tenant-loading.ts';
import type { AnyTenantIndex } from './tenant-loading.ts';
import { readSourceFile } from './sources/source-file.ts';
import { untilAborted } from './until-aborted.ts';
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
  /** Where indexes outlive the process; they are built from the store at every start when absent. */
  readonly snapshots?: SnapshotFolder;
  /** Where passages are searched; in this process when absent. */
  readonly sharedIndex?: SharedSearchIndex;
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
  /** Has the best passages of hybrid searches read again by a model, from now until the signal aborts. */
  rerank(reranking: Omit<ModelRerankingOptions, 'now'>, signal: AbortSignal): Promise<void>;
  /** Brings the indexes in memory to what other programs stored; gives how many documents differed. */
  follow(signal: AbortSignal): Promise<number>;
  /** Keeps the indexes that changed since they were kept; gives how many were written. */
  saveSnapshots(): Promise<number>;
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
const CITATIONS_MAX = 100;
const QUERY_LENGTH_MAX = 4000;

/**
 * The knowledge of all tenants over one store. Indexes live in this process, unless one is shared, and are built from the
 * store at first use.
 */
export function createKnowledge(deps: KnowledgeDependencies): Knowledge {
  const { documents, now } = deps;
  let vectors:
    | { readonly model: EmbedderModel; readonly known: KnownVector; readonly ofQuestion: QuestionVectors }
    | undefined;
  let reranking: ModelReranking | undefined;
  const { wake, wait } = createWakeSignal();
  /** The version of each index that was kept last. */
  const saved = new WeakMap<AnyTenantIndex, number>();
  const indexes = createTenantIndexes(async (tenantId) => {
    const { sharedIndex } = deps;
    const index =
      sharedIndex === undefined
        ? await loadTenantIndex(documents, tenantId, deps.snapshots)
        : await openSharedTenantIndex({ documents, tenantId, open: (model) => sharedIndex.open(model) });
    if (vectors !== undefined) await index.expectVectors(vectors.model, vectors.known);
    wake();
    return index;
  }, deps.tenantsInMemoryMax ?? 64);

  /**
   * Changes the store while the document is out of the index, so that no search pairs the old name and hash with the new
   * passages. When the store fails, the index is dropped, because what the store holds then is not known here.
   */
  async function write<Result>(
    tenantId: TenantId,
    index: AnyTenantIndex,
    id: DocumentId,
    work: () => Promise<Result>,
  ): Promise<Result> {
    try {
      await index.remove(id);
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
      await write(tenantId, index, document.id, async () => {
        await documents.put(tenantId, document, passages);
        await index.put(document, passages);
      });
      wake();
      const { text: _text, ...summary } = document;
      return { document: { ...summary, passages: passages.length }, outcome: before ? 'replaced' : 'added' };
    });

  // One file at a time: reading one may take half a gibibyte for a while.
  let reading: Promise<unknown> = Promise.resolve();
  const addFile: Library['addFile'] = async (tenantId, { source, bytes, tags }) => {
    const read = reading.then(() => readSourceFile(source, bytes));
    reading = read.catch(() => undefined);
    const outcome = await read;
    if (!outcome.ok) {
      throw new HeliosError('invalid-request', `${source} is refused: ${outcome.reason}`, {
        field: 'body',
        cure: 'send Markdown, text, HTML, PDF, DOCX or OpenAPI (JSON)',
      });
    }
    return add(tenantId, { source, ...outcome.value, ...(tags && { tags }) });
  };

  const remove: Library['remove'] = (tenantId, id) =>
    indexes.change(tenantId, async (index) => {
      if (!(await documents.get(tenantId, id))) return false;
      return write(tenantId, index, id, () => documents.remove(tenantId, id));
    });

  const search: Knowledge['search'] = async (
    tenantId,
    text,
    { limit, mode = 'hybrid', sentencesMax = 0, perDocumentMax = Infinity, ...narrowed },
  ) => {
    if (!Number.isInteger(limit) || limit < 1 || limit > SEARCH_LIMIT_MAX) {
      throw new HeliosError('invalid-request', `a search gives 1 to ${SEARCH_LIMIT_MAX} passages`, { field: 'limit' });
    }
    const question = text.slice(0, QUERY_LENGTH_MAX);
    const vector = mode === 'lexical' ? undefined : await vectors?.ofQuestion(question);
    const index = await indexes.get(tenantId);
    const reader = mode === 'hybrid' ? reranking : undefined;
    const isFused = mode === 'hybrid' && vector !== undefined;
    const depth = Math.max(reader?.depth ?? 0, isFused ? FEATURE_DEPTH : 0);
    const first = await index.search(
      { text: question, mode, ...(vector && { vector }) },
      { limit: Math.max(limit * 2, depth), now: now(), ...narrowed },
    );
    const passagesOf = new Map<DocumentId, Promise<readonly Passage[]>>();
    for (const { documentId } of first) {
      if (!passagesOf.has(documentId)) passagesOf.set(documentId, documents.passages(tenantId, documentId));
    }
    const passages = new Map((await Promise.all(passagesOf.values())).flat().map((passage) => [passage.id, passage]));
    const weights = isFused || sentencesMax > 0 ? await index.weights(question) : undefined;
    const hits = await rerankHits(first, {
      question,
      weights: isFused ? weights : undefined,
      reranking: reader,
      asset: narrowed.asset,
      fieldsOf: ({ key, documentId }) => {
        const { headings = [], text: body = '' } = passages.get(key) ?? {};
        return { title: index.summary(documentId)?.title, headings, text: body };
      },
      summaryOf: index.summary,
    });
    const found: SearchedPassage[] = [];
    /** Further passages of documents that have their share. */
    const surplus: SearchedPassage[] = [];
    const perDocument = new Map<DocumentId, number>();
    const seen = new Set<string>();
    for (const { key, documentId, sha256, score, coverage, validity, ...hit } of hits) {
      const summary = index.summary(documentId);
      const passage = passages.get(key);
      // The document changed while it was read: left out rather than cited with another version's hash.
      if (summary?.sha256 !== sha256 || !passage) continue;
      // The same text kept under two names is one answer.
      const identity = `${sha256}:${passage.ordinal}`;
      if (seen.has(identity)) continue;
      seen.add(identity);
      const { title, source } = summary;
      const { lexical, dense, proximity, headings, reranked, notReranked } = hit;
      const parts = {
        staleness: hit.staleness,
        ...(hit.distrust > 0 && { distrust: hit.distrust }),
        ...(lexical !== undefined && { lexical }),
        ...(dense !== undefined && { dense }),
        ...(proximity !== undefined && { proximity }),
        ...(headings !== undefined && { headings }),
        ...(reranked !== undefined && { reranked }),
        ...(notReranked !== undefined && { notReranked }),
      };
      const sentences = weights && sentencesMax > 0 ? relevantSentences(passage, weights, sentencesMax) : undefined;
      const extra = sentences && { sentences };
      const shown = (perDocument.get(documentId) ?? 0) + 1;
      perDocument.set(documentId, shown);
      (shown > perDocumentMax ? surplus : found).push({
        passage,
        score,
        title,
        source,
        sha256,
        coverage,
        validity,
        parts,
        ...extra,
      });
      if (found.length === limit) break;
    }
    found.push(...surplus.slice(0, limit - found.length));
    return sentencesMax > 0 ? withContradictions(found) : found;
  };

  const checkCitations: Knowledge['checkCitations'] = async (tenantId, citations) => {
    if (citations.length > CITATIONS_MAX) {
      throw new HeliosError('invalid-request', `at most ${CITATIONS_MAX} citations are checked at once`);
    }
    const ids = new Set(citations.flatMap(({ document }) => document?.id ?? []));
    const stored = new Map(
      await Promise.all([...ids].map(async (id) => [id, await documents.get(tenantId, id)] as const)),
    );
    return citations.map((citation) => verifyCitation(citation, citation.document && stored.get(citation.document.id)));
  };

  return {
    add,
    addFile,
    remove,
    search,
    checkCitations,
    get: (tenantId, id) => documents.get(tenantId, id),
    list: (tenantId, options) => documents.list(tenantId, options),
    async embed({ embedder, cache, logger }, signal) {
      const model = await embedder.model(signal);
      const known: KnownVector = (text) => cache?.get(text);
      vectors = { model, known, ofQuestion: createQuestionVectors(embedder, logger) };
      try {
        for (const [, index] of await indexes.loaded()) await index.expectVectors(model, known);
        logger.info({ model: model.label }, 'passages are searched by meaning');
        const shared = { embedder, logger, documents, indexes, changed: wait, signal };
        await embedInBackground({ ...shared, ...(cache && { cache }) });
      } finally {
        vectors = undefined;
      }
    },
    async rerank(options, signal) {
      const mine = createModelReranking({ ...options, now });
      reranking = mine;
      try {
        await untilAborted(undefined, signal);
      } finally {
        if (reranking === mine) reranking = undefined;
      }
    },
    async follow(signal) {
      let changed = 0;
      for (const [tenantId] of await indexes.loaded()) {
        if (signal.aborted) break;
        changed += await indexes.change(tenantId, (index) => followDocuments(index, documents, tenantId));
      }
      if (changed > 0) wake();
      return changed;
    },
    async saveSnapshots() {
      const { snapshots } = deps;
      let written = 0;
      if (snapshots === undefined) return written;
      for (const [tenantId, index] of await indexes.loaded()) {
        // A shared index is kept where it is.
        if (!('version' in index)) continue;
        const version = index.version();
        if (saved.get(index) === version || index.passageCount() === 0) continue;
        // While no document changes, so that what is kept is of one moment.
        await indexes.change(tenantId, (current) => saveTenantIndex(tenantId, current, snapshots));
        saved.set(index, version);
        written += 1;
      }
      return written;
    },
    async figures() {
      const loaded = (await indexes.loaded()).map(([, index]) => index);
      const sum = (figure: (index: AnyTenantIndex) => number): number =>
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
