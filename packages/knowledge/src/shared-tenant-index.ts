/** One tenant's passages in an index that several programs share; this process holds only what is known of documents. */

import type { Document, DocumentId, DocumentSummary, Passage, TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { PASSAGES_PER_CALL_MAX } from '@heliosiq/ports';
import type { DocumentStore, EmbedderModel, IndexedPassage, IndexHit, SearchIndex } from '@heliosiq/ports';
import { facetsOf } from './document-facets.ts';
import { createDocumentJudge } from './document-judge.ts';
import type { KnownDocument, TenantHit, TenantSearchOptions } from './document-judge.ts';
import { HYBRID_SETTINGS } from './hybrid-index.ts';
import type { HybridQuery } from './hybrid-index.ts';
import { embeddedText, headingsBelow } from './passage-fields.ts';
import { fuseScores } from './score-fusion.ts';
import type { FusedHit } from './score-fusion.ts';
import { DOCUMENTS_PER_TENANT_MAX } from './tenant-index.ts';
import type { KnownVector, TenantIndex } from './tenant-index.ts';

/** The same as an index in process, with answers that have to be waited for, and nothing to keep on this disk. */
export interface SharedTenantIndex extends Pick<
  TenantIndex,
  | 'summary'
  | 'documentCount'
  | 'summaries'
  | 'waitingDocument'
  | 'postpone'
  | 'improve'
  | 'passageCount'
  | 'vectorCount'
  | 'bytes'
> {
  readonly put: (document: Document, passages: readonly Passage[]) => Promise<void>;
  readonly remove: (id: DocumentId) => Promise<void>;
  readonly search: (query: HybridQuery, options: TenantSearchOptions) => Promise<readonly TenantHit[]>;
  readonly weights: (question: string) => Promise<ReadonlyMap<string, number>>;
  /** As `TenantIndex.expectVectors`; passages whose vectors another program put there do not wait. */
  readonly expectVectors: (model: Pick<EmbedderModel, 'id' | 'dimensions'>, known: KnownVector) => Promise<void>;
  readonly setVectors: (id: DocumentId, sha256: string, vectors: readonly ArrayLike<number>[]) => Promise<void>;
  /** Brings the index to what the store of documents holds; gives how many documents differed. */
  readonly follow: () => Promise<number>;
}

export interface SharedTenantIndexOptions {
  readonly tenantId: TenantId;
  readonly documents: DocumentStore;
  /** The index, opened for a model or for words alone. */
  readonly open: (model?: Pick<EmbedderModel, 'id' | 'dimensions'>) => Promise<SearchIndex>;
}

/** Changes when passages are put into the index in another way, so that all are put there anew. */
const INDEXING = '1';
/** Hits of each ranking whose scores are fused. */
const DEPTH = 200;
/** Other programs' documents are looked for during a search at most so often. */
const REFRESH_EVERY_MS = 1000;

interface Entry extends KnownDocument {
  readonly version: string;
  /** Passages that have a vector of the model in use. */
  readonly vectors: number;
}

/** Opens a tenant's part of the index and brings it to what the store holds. */
export async function openSharedTenantIndex({
  tenantId,
  documents,
  open,
}: SharedTenantIndexOptions): Promise<SharedTenantIndex> {
  const entries = new Map<DocumentId, Entry>();
  const waiting = new Set<DocumentId>();
  let index = await open();
  let knownVector: KnownVector | undefined;
  let refreshedAt = -Infinity;

  /** Takes a document over that the index holds as it is stored. */
  function adopt(summary: DocumentSummary, version: string, vectors: number): void {
    entries.set(summary.id, { summary, facets: facetsOf(summary.tags), version, vectors });
    if (knownVector !== undefined && vectors < summary.passages) waiting.add(summary.id);
    else waiting.delete(summary.id);
  }

  async function write(summary: DocumentSummary, passages: readonly Passage[]): Promise<void> {
    const version = versionOf(summary);
    const { id: document, title, tags } = summary;
    const rows = passages.map((passage): IndexedPassage => {
      const vector = knownVector?.(embeddedText({ ...passage, title }));
      const headings = headingsBelow(title, passage.headings);
      const row = { key: passage.id, document, version, title, headings, tags, text: passage.text };
      return vector === undefined ? row : { ...row, vector };
    });
    await index.removeDocument(tenantId, document);
    for (let from = 0; from < rows.length; from += PASSAGES_PER_CALL_MAX) {
      await index.put(tenantId, rows.slice(from, from + PASSAGES_PER_CALL_MAX));
    }
    adopt(summary, version, rows.filter(({ vector }) => vector !== undefined).length);
  }

  /** What is stored, and which of it the index lacks or has otherwise. Documents that both have are taken over. */
  async function compare() {
    const held = new Map((await index.documents(tenantId)).map((each) => [each.document, each]));
    const stored = await documents.list(tenantId, { limit: DOCUMENTS_PER_TENANT_MAX });
    const lacking: DocumentSummary[] = [];
    let changed = 0;
    for (const summary of stored) {
      const version = versionOf(summary);
      const there = held.get(summary.id);
      held.delete(summary.id);
      if (there?.version === version && there.passages === summary.passages) {
        if (entries.get(summary.id)?.version !== version) changed += 1;
        adopt(summary, version, there.vectors);
      } else if (summary.passages > 0) lacking.push(summary);
      else adopt(summary, version, 0);
    }
    const present = new Set(stored.map(({ id }) => id));
    for (const id of entries.keys()) {
      if (present.has(id)) continue;
      entries.delete(id);
      waiting.delete(id);
      changed += 1;
    }
    return { lacking, orphans: [...held.keys()], changed };
  }

  async function follow(): Promise<number> {
    const { lacking, orphans, changed } = await compare();
    for (const document of orphans) await index.removeDocument(tenantId, document);
    for (const summary of lacking) {
      await write(summary, await documents.passages(tenantId, summary.id));
    }
    return changed + lacking.length + orphans.length;
  }

  function isKnown({ document, version }: IndexHit): boolean {
    // The index gives names of documents as they were put there, above.
    return entries.get(document as DocumentId)?.version === version;
  }

  async function find(query: HybridQuery, options: TenantSearchOptions): Promise<readonly TenantHit[]> {
    const judge = createDocumentJudge(entries, options);
    const tags = options.filter?.tags?.map((tag) => tag.toLowerCase());
    const depth = query.mode === 'hybrid' && query.vector !== undefined ? DEPTH * 2 : DEPTH;
    const hits = await index.search(tenantId, {
      ...query,
      limit: Math.max(options.limit, depth),
      exceptDocuments: [...entries.keys()].filter((id) => !judge.accepts(id)),
      ...(tags && { tags }),
    });
    if (!hits.every(isKnown) && performance.now() - refreshedAt > REFRESH_EVERY_MS) {
      // Another program has put a document there: what is known of it is read, and the search made again.
      refreshedAt = performance.now();
      await compare();
      return find(query, options);
    }
    const known = new Map(hits.filter(isKnown).map((hit) => [hit.key, hit]));
    const fused = fusedAgain([...known.values()], (id) => (entries.get(id)?.vectors ?? 0) > 0);
    return judge.order(
      fused.slice(0, options.limit).flatMap((hit) => {
        const { document, coverage } = known.get(hit.key) ?? {};
        // As above.
        return document === undefined ? [] : [{ ...hit, documentId: document as DocumentId, coverage: coverage ?? 0 }];
      }),
    );
  }

  const sum = (figure: (entry: Entry) => number): number =>
    [...entries.values()].reduce((total, entry) => total + figure(entry), 0);

  await follow();
  return {
    async put({ text: _text, ...document }, passages) {
      await write({ ...document, passages: passages.length }, passages);
    },
    async remove(id) {
      entries.delete(id);
      waiting.delete(id);
      await index.removeDocument(tenantId, id);
    },
    summary: (id) => entries.get(id)?.summary,
    documentCount: () => entries.size,
    summaries: () => Array.from(entries.values(), ({ summary }) => summary),
    search: find,
    weights: (question) => index.weights(tenantId, question),
    async expectVectors(model, known) {
      index = await open(model);
      knownVector = known;
      await compare();
    },
    waitingDocument: () => (knownVector === undefined ? undefined : waiting.values().next().value),
    postpone(id) {
      if (waiting.delete(id)) waiting.add(id);
    },
    async setVectors(id, sha256, vectors) {
      const entry = entries.get(id);
      if (entry?.summary.sha256 !== sha256) return;
      const { version } = entry;
      const given = vectors.flatMap((vector, ordinal) =>
        vector.length === 0 ? [] : [{ key: `${id}:${ordinal}`, version, vector }],
      );
      for (let from = 0; from < given.length; from += PASSAGES_PER_CALL_MAX) {
        await index.setVectors(tenantId, given.slice(from, from + PASSAGES_PER_CALL_MAX));
      }
      entries.set(id, { ...entry, vectors: given.length });
      waiting.delete(id);
    },
    improve: () => false,
    passageCount: () => sum(({ summary }) => summary.passages),
    vectorCount: () => sum(({ vectors }) => vectors),
    bytes: () => 0,
    follow,
  };
}

/** The engine's hits with the scores of both rankings fused as those of the index in process are. */
function fusedAgain(hits: readonly IndexHit[], hasVectors: (id: DocumentId) => boolean): readonly FusedHit[] {
  const ranking = (part: 'lexical' | 'dense') =>
    hits
      .flatMap(({ key, [part]: score }) => (score === undefined ? [] : [{ key, score }]))
      .sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
  const [words, near] = [ranking('lexical'), ranking('dense')];
  const documentOf = new Map(hits.map(({ key, document }) => [key, document]));
  return fuseScores(words, near, {
    denseShare: near.length === 0 ? 0 : words.length === 0 ? 1 : HYBRID_SETTINGS.denseShare,
    // The names of documents are those that were put there.
    hasVector: (key) => hasVectors((documentOf.get(key) ?? '') as DocumentId),
  });
}

function versionOf({ sha256, title, tags, passages }: DocumentSummary): string {
  return contentId(INDEXING, sha256, title, tags.join('\n'), String(passages));
}
