/** The search index in this process, behind the port that engines of their own keep as well. */

import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { PASSAGES_PER_CALL_MAX } from '@heliosiq/ports';
import type { IndexedPassage, SearchIndex } from '@heliosiq/ports';
import { createHybridIndex } from './hybrid-index.ts';
import type { HybridIndex } from './hybrid-index.ts';
import { lexicalFields } from './passage-fields.ts';

interface TenantPart {
  readonly index: HybridIndex;
  readonly tags: Map<string, readonly string[]>;
}

const LIMIT_MAX = 1000;

/** An index of vectors of `dimensions` numbers, one part a tenant, gone with the process. */
export function createInProcessSearchIndex({ dimensions }: { readonly dimensions: number }): SearchIndex {
  const parts = new Map<TenantId, TenantPart>();

  function check(passages: readonly IndexedPassage[]): void {
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
        parts.set(tenantId, (part = { index: createHybridIndex({ dimensions }), tags: new Map() }));
      for (const { key, tags, vector, ...fields } of passages) {
        part.index.add(key, lexicalFields({ ...fields, tags }));
        part.tags.set(key, tags);
        if (vector !== undefined) part.index.setVector(key, vector);
      }
    },
    remove: async (tenantId, keys) => {
      const part = parts.get(tenantId);
      const removed = keys.filter((key) => part?.index.remove(key));
      for (const key of removed) part?.tags.delete(key);
      return removed.length;
    },
    search: async (tenantId, { limit, tags, ...query }) => {
      if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
        throw new HeliosError('invalid-request', `a search gives 1 to ${LIMIT_MAX} passages`, { field: 'limit' });
      }
      const part = parts.get(tenantId);
      if (part === undefined) return [];
      const accept = (key: string): boolean => part.tags.get(key)?.some((tag) => tags?.includes(tag)) === true;
      return part.index.search(query, { limit, ...(tags && { accept }) });
    },
    size: async (tenantId) => parts.get(tenantId)?.index.size() ?? 0,
  };
}
