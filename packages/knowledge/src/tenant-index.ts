/** One tenant's passages as they can be searched: words, vectors, and what an answer says of each document. */

import type { Document, DocumentId, DocumentSummary, Passage, TenantId } from '@heliosiq/model';
import type { DocumentStore, EmbedderModel } from '@heliosiq/ports';
import { facetsOf } from './document-facets.ts';
import { createDocumentJudge } from './document-judge.ts';
import type { KnownDocument, TenantHit, TenantSearchOptions } from './document-judge.ts';
import { createHybridIndex } from './hybrid-index.ts';
import type { HybridParts, HybridQuery } from './hybrid-index.ts';
import { embeddedText, lexicalFields } from './passage-fields.ts';

/** What of an index outlives the process. */
export interface TenantIndexParts {
  readonly passages: HybridParts;
  readonly summaries: readonly DocumentSummary[];
  /** The model whose vectors these are. */
  readonly modelId: string | undefined;
}

/** A vector for a text that was embedded before. */
export type KnownVector = (text: string) => ArrayLike<number> | undefined;

/** A search structure of one tenant. Passage texts stay in the store; only terms, vectors and documents' names are held here. */
export interface TenantIndex {
  readonly put: (document: Document, passages: readonly Passage[]) => void;
  readonly remove: (id: DocumentId) => void;
  readonly summary: (id: DocumentId) => DocumentSummary | undefined;
  readonly documentCount: () => number;
  readonly summaries: () => readonly DocumentSummary[];
  readonly search: (query: HybridQuery, options: TenantSearchOptions) => readonly TenantHit[];
  /** The question's terms, each with its weight by rarity. */
  readonly weights: (question: string) => ReadonlyMap<string, number>;
  /**
   * Starts to hold vectors of a model. Vectors of that model stay, those of another are dropped; documents without them wait for
   * theirs, except those that `known` has.
   */
  readonly expectVectors: (model: Pick<EmbedderModel, 'id' | 'dimensions'>, known: KnownVector) => void;
  /** The next document whose passages have no vectors yet. */
  readonly waitingDocument: () => DocumentId | undefined;
  /** Puts a waiting document behind the others. */
  readonly postpone: (id: DocumentId) => void;
  /** Gives a document's passages their vectors, by ordinal, if it is still the version with this hash. */
  readonly setVectors: (id: DocumentId, sha256: string, vectors: readonly ArrayLike<number>[]) => void;
  /** Works on faster search of vectors for about `budgetMs`; true when there is more to do. */
  readonly improve: (budgetMs: number) => boolean;
  readonly passageCount: () => number;
  readonly vectorCount: () => number;
  readonly bytes: () => number;
  /** Grows with every change, so that whoever keeps a snapshot knows whether it is of now. */
  readonly version: () => number;
  /** What `createTenantIndex` makes the same index of; valid until the next change. */
  readonly parts: () => TenantIndexParts;
}

/** The most documents of one tenant: what one `DocumentStore.list` gives. */
export const DOCUMENTS_PER_TENANT_MAX = 10_000;

/** Brings an index to what the store holds now; only documents that differ are read. Gives how many were. */
export async function followStore(index: TenantIndex, documents: DocumentStore, tenantId: TenantId): Promise<number> {
  const summaries = await documents.list(tenantId, { limit: DOCUMENTS_PER_TENANT_MAX });
  const stored = new Set(summaries.map(({ id }) => id));
  let changed = 0;
  for (const { id } of index.summaries()) {
    if (stored.has(id)) continue;
    index.remove(id);
    changed += 1;
  }
  for (const summary of summaries) {
    if (isSameSummary(index.summary(summary.id), summary)) continue;
    index.put({ ...summary, text: '' }, await documents.passages(tenantId, summary.id));
    changed += 1;
  }
  return changed;
}

function isSameSummary(a: DocumentSummary | undefined, b: DocumentSummary): boolean {
  return (
    a !== undefined &&
    a.sha256 === b.sha256 &&
    a.title === b.title &&
    a.addedAt === b.addedAt &&
    a.passages === b.passages &&
    a.tags.join('\n') === b.tags.join('\n')
  );
}

/** An index of one tenant, empty or made of `parts`. */
export function createTenantIndex(parts?: TenantIndexParts): TenantIndex {
  const passages = createHybridIndex(parts && { parts: parts.passages });
  const entries = new Map<DocumentId, KnownDocument>();
  const documentOfPassage = new Map<string, DocumentId>();
  const waiting = new Set<DocumentId>();
  let knownVector: KnownVector | undefined;
  let modelId = parts?.modelId;
  let version = 0;
  for (const summary of parts?.summaries ?? []) {
    entries.set(summary.id, { summary, facets: facetsOf(summary.tags) });
    for (let ordinal = 0; ordinal < summary.passages; ordinal++) {
      documentOfPassage.set(`${summary.id}:${ordinal}`, summary.id);
    }
  }

  function remove(id: DocumentId): void {
    const count = entries.get(id)?.summary.passages ?? 0;
    version += 1;
    for (let ordinal = 0; ordinal < count; ordinal++) {
      passages.remove(`${id}:${ordinal}`);
      documentOfPassage.delete(`${id}:${ordinal}`);
    }
    entries.delete(id);
    waiting.delete(id);
  }

  function search(query: HybridQuery, options: TenantSearchOptions): readonly TenantHit[] {
    const judge = createDocumentJudge(entries, options);
    const accept = (key: string): boolean => {
      const id = documentOfPassage.get(key);
      return id !== undefined && judge.accepts(id);
    };
    const found = passages.search(query, { limit: options.limit, accept });
    const coverages = passages.coverage(
      query.text,
      found.map(({ key }) => key),
    );
    return judge.order(
      found.flatMap((hit, at) => {
        const documentId = documentOfPassage.get(hit.key);
        return documentId === undefined ? [] : [{ ...hit, documentId, coverage: coverages[at] ?? 0 }];
      }),
    );
  }

  return {
    put(document, cut) {
      remove(document.id);
      const { text: _text, ...rest } = document;
      entries.set(document.id, { summary: { ...rest, passages: cut.length }, facets: facetsOf(document.tags) });
      for (const passage of cut) {
        const fields = { ...passage, title: document.title, tags: document.tags };
        passages.add(passage.id, lexicalFields(fields));
        documentOfPassage.set(passage.id, document.id);
        const vector = knownVector?.(embeddedText(fields));
        if (vector !== undefined) passages.setVector(passage.id, vector);
        else waiting.add(document.id);
      }
    },
    remove,
    summary: (id) => entries.get(id)?.summary,
    documentCount: () => entries.size,
    summaries: () => Array.from(entries.values(), ({ summary }) => summary),
    search,
    weights: passages.weights,
    expectVectors(model, known) {
      if (modelId !== model.id) passages.resetVectors(model.dimensions);
      modelId = model.id;
      knownVector = known;
      for (const [id, { summary }] of entries) {
        const isLacking = Array.from({ length: summary.passages }, (_, ordinal) => `${id}:${ordinal}`).some(
          (key) => !passages.hasVector(key),
        );
        if (isLacking) waiting.add(id);
      }
    },
    waitingDocument: () => (knownVector === undefined ? undefined : waiting.values().next().value),
    postpone(id) {
      if (waiting.delete(id)) waiting.add(id);
    },
    setVectors(id, sha256, vectors) {
      if (entries.get(id)?.summary.sha256 !== sha256) return;
      for (const [ordinal, vector] of vectors.entries()) passages.setVector(`${id}:${ordinal}`, vector);
      waiting.delete(id);
      version += 1;
    },
    improve: passages.improve,
    passageCount: passages.size,
    vectorCount: passages.vectors,
    bytes: passages.bytes,
    version: () => version,
    parts: () => ({
      passages: passages.parts(),
      summaries: Array.from(entries.values(), ({ summary }) => summary),
      modelId,
    }),
  };
}
