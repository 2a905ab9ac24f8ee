/** One tenant's passages as they can be searched: words, vectors, and what an answer says of each document. */

import type { Document, DocumentId, DocumentSummary, Passage, TenantId } from '@heliosiq/model';
import type { AssetContext, DocumentStore, PassageValidity } from '@heliosiq/ports';
import { facetsOf } from './document-facets.ts';
import type { DocumentFacets } from './document-facets.ts';
import { createHybridIndex } from './hybrid-index.ts';
import type { HybridQuery } from './hybrid-index.ts';
import { embeddedText, lexicalFields } from './passage-fields.ts';
import type { FusedHit } from './score-fusion.ts';
import { judgeValidity, staleness } from './validity.ts';

/** Narrows a search to documents that carry one of `tags` (lower case). */
export interface PassageFilter {
  readonly tags?: readonly string[];
}

export interface TenantSearchOptions {
  readonly limit: number;
  readonly filter?: PassageFilter;
  /** The asset that the question is about. */
  readonly asset?: AssetContext;
  /** Shows what does not apply, marked, instead of leaving it out. */
  readonly showAll?: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A passage that matched, with its document and the hash that the document had then. */
export interface TenantHit extends FusedHit {
  readonly documentId: DocumentId;
  readonly sha256: string;
  readonly validity: PassageValidity;
  /** How old news it is, 0 to 1; taken off its score. */
  readonly staleness: number;
  /** The share of the question, weighted by how rare its terms are, that the passage contains: 0 to 1. */
  readonly coverage: number;
}

/** A vector for a text that was embedded before. */
export type KnownVector = (text: string) => ArrayLike<number> | undefined;

/** A search structure of one tenant. Passage texts stay in the store; only terms, vectors and documents' names are held here. */
export interface TenantIndex {
  readonly put: (document: Document, passages: readonly Passage[]) => void;
  readonly remove: (id: DocumentId) => void;
  readonly summary: (id: DocumentId) => DocumentSummary | undefined;
  readonly documentCount: () => number;
  readonly search: (query: HybridQuery, options: TenantSearchOptions) => readonly TenantHit[];
  /** Starts to hold vectors of `dimensions`; all documents wait for theirs, except those that `known` has. */
  readonly expectVectors: (dimensions: number, known: KnownVector) => void;
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
}

/** The most documents of one tenant: what one `DocumentStore.list` gives. */
export const DOCUMENTS_PER_TENANT_MAX = 10_000;

/** What complete staleness takes off a score, in standard deviations of the scores. */
const STALENESS_WEIGHT = 0.5;

/** Reads all documents of a tenant from the store and indexes them. */
export async function loadTenantIndex(documents: DocumentStore, tenantId: TenantId): Promise<TenantIndex> {
  const index = createTenantIndex();
  for (const summary of await documents.list(tenantId, { limit: DOCUMENTS_PER_TENANT_MAX })) {
    index.put({ ...summary, text: '' }, await documents.passages(tenantId, summary.id));
  }
  return index;
}

interface Entry {
  readonly summary: DocumentSummary;
  readonly facets: DocumentFacets;
}

/** An empty index of one tenant. */
export function createTenantIndex(): TenantIndex {
  const passages = createHybridIndex();
  const entries = new Map<DocumentId, Entry>();
  const documentOfPassage = new Map<string, DocumentId>();
  const waiting = new Set<DocumentId>();
  let knownVector: KnownVector | undefined;

  function remove(id: DocumentId): void {
    const count = entries.get(id)?.summary.passages ?? 0;
    for (let ordinal = 0; ordinal < count; ordinal++) {
      passages.remove(`${id}:${ordinal}`);
      documentOfPassage.delete(`${id}:${ordinal}`);
    }
    entries.delete(id);
    waiting.delete(id);
  }

  /** For each source that a document in force replaces, the title of that document. */
  function replacements(now: number, asset: AssetContext | undefined): ReadonlyMap<string, string> {
    const replaced = new Map<string, string>();
    for (const { summary, facets } of entries.values()) {
      if (facets.supersedes.length === 0) continue;
      if (judgeValidity(facets, { now, ...(asset && { asset }) }).applies === 'no') continue;
      for (const source of facets.supersedes) replaced.set(source.toLowerCase(), summary.title);
    }
    return replaced;
  }

  function search(query: HybridQuery, options: TenantSearchOptions): readonly TenantHit[] {
    const { limit, filter, asset, showAll = false, now } = options;
    const tags = filter?.tags?.map((tag) => tag.toLowerCase());
    const replaced = replacements(now, asset);
    const judged = new Map<DocumentId, PassageValidity>();
    const validityOf = (id: DocumentId, { summary, facets }: Entry): PassageValidity => {
      let validity = judged.get(id);
      if (validity === undefined) {
        const supersededBy = replaced.get(summary.source.toLowerCase());
        validity = judgeValidity(facets, { now, supersededBy, ...(asset && { asset }) });
        judged.set(id, validity);
      }
      return validity;
    };
    const accept = (key: string): boolean => {
      const id = documentOfPassage.get(key);
      const entry = id === undefined ? undefined : entries.get(id);
      if (id === undefined || entry === undefined) return false;
      if (tags !== undefined && !tags.some((tag) => entry.summary.tags.includes(tag))) return false;
      return showAll || validityOf(id, entry).applies !== 'no';
    };
    const found = passages.search(query, { limit, accept });
    const coverages = passages.coverage(
      query.text,
      found.map(({ key }) => key),
    );
    const hits = found.flatMap((hit, at): TenantHit[] => {
      const documentId = documentOfPassage.get(hit.key);
      const entry = documentId === undefined ? undefined : entries.get(documentId);
      if (documentId === undefined || entry === undefined) return [];
      const stale = staleness(entry.facets, entry.summary.addedAt, now);
      return [
        {
          ...hit,
          score: hit.score - STALENESS_WEIGHT * stale,
          documentId,
          sha256: entry.summary.sha256,
          validity: validityOf(documentId, entry),
          staleness: stale,
          coverage: coverages[at] ?? 0,
        },
      ];
    });
    return hits.sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
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
    search,
    expectVectors(dimensions, known) {
      passages.resetVectors(dimensions);
      knownVector = known;
      for (const id of entries.keys()) waiting.add(id);
    },
    waitingDocument: () => (knownVector === undefined ? undefined : waiting.values().next().value),
    postpone(id) {
      if (waiting.delete(id)) waiting.add(id);
    },
    setVectors(id, sha256, vectors) {
      if (entries.get(id)?.summary.sha256 !== sha256) return;
      for (const [ordinal, vector] of vectors.entries()) passages.setVector(`${id}:${ordinal}`, vector);
      waiting.delete(id);
    },
    improve: passages.improve,
    passageCount: passages.size,
    vectorCount: passages.vectors,
    bytes: passages.bytes,
  };
}
