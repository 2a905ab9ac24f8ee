/** The search index in this process, behind the port that engines of their own keep as well. */

import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { EXCEPT_DOCUMENTS_MAX, PASSAGES_PER_CALL_MAX } from '@heliosiq/ports';
import type { IndexedDocument, IndexedPassage, PassageVector, SearchIndex } from '@heliosiq/ports';
import { createHybridIndex } from './hybrid-index.ts';
import type { HybridIndex } from './hybrid-index.ts';
import { lexicalFields } from './passage-fields.ts';

interface TenantPart {
  readonly index: HybridIndex;
  readonly passages: Map<string, Pick<IndexedPassage, 'document' | 'version' | 'tags'>>;
}

const LIMIT_MAX = 1000;

/** An index of vectors of `dimensions` numbers, one part a tenant, gone with the process. */
export function createInProcessSearchIndex({ dimensions }: { readonly dimensions: number }): SearchIndex {
  const parts = new Map<TenantId, TenantPart>();

  function check(passages: readonly (IndexedPassage | PassageVector)[]): void {
    if (passages.length > PASSAGES_PER_CALL_MAX) {
      throw new HeliosError('invalid-request', `at most ${PASSAGES_PER_CALL_MAX} passages at once`);
    }
    const wrong = passages.find(({ vector }) => vector !== undefined && vector.length !== dimensions);
    if (wrong !== undefined) {
      throw new HeliosError('invalid-request', `the vector of ${wrong.key} does not have ${dimensions} dimensions`);
    }
  }

  return {
    put: async (tenantId, passages) => {
      check(passages);
      let part = parts.get(tenantId);
      if (part === undefined)
        parts.set(tenantId, (part = { index: createHybridIndex({ dimensions }), passages: new Map() }));
      for (const { key, document, version, tags, vector, ...fields } of passages) {
        part.index.add(key, lexicalFields({ ...fields, tags }));
        part.passages.set(key, { document, version, tags });
        if (vector !== undefined) part.index.setVector(key, vector);
      }
    },
    setVectors: async (tenantId, vectors) => {
      check(vectors);
      const part = parts.get(tenantId);
      for (const { key, version, vector } of vectors) {
        if (part?.passages.get(key)?.version === version) part.index.setVector(key, vector);
      }
    },
    remove: async (tenantId, keys) => removeKeys(parts.get(tenantId), keys),
    removeDocument: async (tenantId, document) => {
      const part = parts.get(tenantId);
      const keys = [...(part?.passages ?? [])].flatMap(([key, passage]) =>
        passage.document === document ? [key] : [],
      );
      return removeKeys(part, keys);
    },
    search: async (tenantId, { limit, tags, exceptDocuments = [], ...query }) => {
      if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
        throw new HeliosError('invalid-request', `a search gives 1 to ${LIMIT_MAX} passages`, { field: 'limit' });
      }
      if (exceptDocuments.length > EXCEPT_DOCUMENTS_MAX) {
        throw new HeliosError('invalid-request', `a search leaves out at most ${EXCEPT_DOCUMENTS_MAX} documents`);
      }
      const part = parts.get(tenantId);
      if (part === undefined) return [];
      const excepted = new Set(exceptDocuments);
      const accept = (key: string): boolean => {
        const passage = part.passages.get(key);
        if (passage === undefined || excepted.has(passage.document)) return false;
        return tags === undefined || passage.tags.some((tag) => tags.includes(tag));
      };
      const hits = part.index.search(query, { limit, accept });
      const coverages = part.index.coverage(
        query.text,
        hits.map(({ key }) => key),
      );
      return hits.flatMap((hit, at) => {
        const passage = part.passages.get(hit.key);
        if (passage === undefined) return [];
        const { document, version } = passage;
        return [{ ...hit, document, version, coverage: coverages[at] ?? 0 }];
      });
    },
    weights: async (tenantId, text) => (parts.get(tenantId)?.index ?? createHybridIndex()).weights(text),
    documents: async (tenantId) => {
      const part = parts.get(tenantId);
      const held = new Map<string, IndexedDocument>();
      for (const [key, { document, version }] of part?.passages ?? []) {
        const before = held.get(document) ?? { document, version, passages: 0, vectors: 0 };
        const vectors = before.vectors + (part?.index.hasVector(key) === true ? 1 : 0);
        held.set(document, { ...before, passages: before.passages + 1, vectors });
      }
      return [...held.values()];
    },
    size: async (tenantId) => parts.get(tenantId)?.index.size() ?? 0,
  };
}

function removeKeys(part: TenantPart | undefined, keys: readonly string[]): number {
  const removed = keys.filter((key) => part?.index.remove(key));
  for (const key of removed) part?.passages.delete(key);
  return removed.length;
}
