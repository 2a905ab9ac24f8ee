import { beforeAll, describe, expect, it } from 'vitest';
import type { IndexedPassage, IndexHit, SearchIndex } from '../src/search-index.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

/** The length of vectors that an index under test is opened with. */
export const CONFORMANCE_DIMENSIONS = 4;

function passage(key: string, text: string, more: Partial<IndexedPassage> = {}): IndexedPassage {
  return { key, title: 'Pump', headings: ['Fix'], tags: ['runbook'], text, ...more };
}

function keys(hits: readonly IndexHit[]): string[] {
  return hits.map(({ key }) => key);
}

/** The promises of `SearchIndex`. */
export function searchIndexConformance(name: string, open: OpenStore<SearchIndex>): void {
  describe(`${name} as a search index`, () => {
    let index: SearchIndex;
    beforeAll(async () => {
      index = await open();
    });

    it('finds by words, the better match first, and says so with scores', async () => {
      const tenant = freshTenant();
      await index.put(tenant, [
        passage('seal', 'Replace the mechanical seal when it leaks.'),
        passage('valve', 'Open the bypass valve before the seal is replaced.'),
        passage('fan', 'Clean the fan.', { title: 'Fan' }),
      ]);
      const hits = await index.search(tenant, { text: 'leaking mechanical seals', mode: 'lexical', limit: 10 });
      expect(keys(hits)).toEqual(['seal', 'valve']);
      expect(hits[0]?.score).toBeGreaterThan(hits[1]?.score ?? Infinity);
      expect(hits[0]?.lexical).toBeGreaterThan(0);
      expect(keys(await index.search(tenant, { text: 'fan', mode: 'lexical', limit: 10 }))).toEqual(['fan']);
      expect(await index.size(tenant)).toBe(3);
    });

    it('finds by vectors alone, by cosine and not by length', async () => {
      const tenant = freshTenant();
      await index.put(tenant, [
        passage('near', 'a', { vector: [0.1, 0.1, 0, 0] }),
        passage('far', 'b', { vector: [0, 0, 50, 1] }),
        passage('none', 'c'),
      ]);
      const hits = await index.search(tenant, { text: 'zebra', vector: [5, 5, 0.1, 0], mode: 'dense', limit: 10 });
      expect(keys(hits)).toEqual(['near', 'far']);
      expect(hits[0]?.dense).toBeGreaterThan(0.99);
      expect(hits[1]?.dense).toBeLessThan(0.1);
    });

    it('prefers in a hybrid search what both find, and still gives what one finds', async () => {
      const tenant = freshTenant();
      await index.put(tenant, [
        passage('both', 'The seal leaks.', { vector: [1, 0, 0, 0] }),
        passage('words', 'A seal is a part; this page lists parts and their numbers.', { vector: [0, 0, 0, 1] }),
        passage('meaning', 'Oil drips from the housing.', { vector: [1, 0.2, 0, 0] }),
        passage('neither', 'Holiday plan.', { title: 'Office', vector: [0, 0, 1, -1] }),
      ]);
      const hits = await index.search(tenant, {
        text: 'seal leaks',
        vector: [1, 0.1, 0, 0],
        mode: 'hybrid',
        limit: 10,
      });
      expect(hits[0]?.key).toBe('both');
      expect(keys(hits)).toEqual(expect.arrayContaining(['words', 'meaning']));
      expect(new Set(keys(hits)).size).toBe(hits.length);
      const byWords = await index.search(tenant, { text: 'seal leaks', mode: 'hybrid', limit: 10 });
      expect(byWords[0]?.key).toBe('both');
    });

    it('replaces a passage with all that it was, and forgets a removed one', async () => {
      const tenant = freshTenant();
      await index.put(tenant, [
        passage('a', 'old words', { tags: ['x'], vector: [1, 0, 0, 0] }),
        passage('b', 'other'),
      ]);
      await index.put(tenant, [passage('a', 'new sentence', { tags: ['y'] })]);
      expect(await index.search(tenant, { text: 'old words', mode: 'lexical', limit: 5 })).toEqual([]);
      expect(await index.search(tenant, { text: 'q', vector: [1, 0, 0, 0], mode: 'dense', limit: 5 })).toEqual([]);
      expect(keys(await index.search(tenant, { text: 'sentence', mode: 'lexical', limit: 5, tags: ['y'] }))).toEqual([
        'a',
      ]);
      expect(await index.remove(tenant, ['a', 'never there'])).toBe(1);
      expect(await index.search(tenant, { text: 'sentence', mode: 'lexical', limit: 5 })).toEqual([]);
      expect(await index.size(tenant)).toBe(1);
      expect(await index.remove(tenant, [])).toBe(0);
    });

    it('narrows by tags before places are given', async () => {
      const tenant = freshTenant();
      const many = Array.from({ length: 60 }, (_, at) =>
        passage(`p${at}`, `pump number ${at}`, {
          tags: at === 59 ? ['manual'] : ['runbook'],
          vector: [1, at / 100, 0, 0],
        }),
      );
      await index.put(tenant, many);
      for (const mode of ['lexical', 'dense', 'hybrid'] as const) {
        const query = { text: 'pump', vector: [1, 0, 0, 0], mode, limit: 3, tags: ['manual', 'unheard'] };
        expect(keys(await index.search(tenant, query))).toEqual(['p59']);
      }
    });

    it('gives at most what is asked for, and the same order again', async () => {
      const tenant = freshTenant();
      await index.put(
        tenant,
        Array.from({ length: 40 }, (_, at) =>
          passage(`k${String(at).padStart(2, '0')}`, 'a gasket', { vector: [1, 1, 0, 0] }),
        ),
      );
      for (const mode of ['lexical', 'dense', 'hybrid'] as const) {
        const query = { text: 'gasket', vector: [1, 1, 0, 0], mode, limit: 7 };
        const first = await index.search(tenant, query);
        expect(first).toHaveLength(7);
        expect(keys(await index.search(tenant, query))).toEqual(keys(first));
      }
      for (const limit of [0, -1, 1.5, 1001]) {
        await expect(index.search(tenant, { text: 'a', mode: 'lexical', limit })).rejects.toMatchObject({
          code: 'invalid-request',
        });
      }
    });

    it('never gives a passage of another tenant', async () => {
      const [ours, theirs] = [freshTenant(), freshTenant()];
      await index.put(ours, [passage('k', 'our seal', { vector: [1, 0, 0, 0] })]);
      await index.put(theirs, [
        passage('k', 'their seal', { vector: [1, 0, 0, 0] }),
        passage('t', 'seal', { vector: [1, 0, 0, 0] }),
      ]);
      for (const mode of ['lexical', 'dense', 'hybrid'] as const) {
        const query = { text: 'seal', vector: [1, 0, 0, 0], mode, limit: 10 };
        expect(keys(await index.search(ours, query))).toEqual(['k']);
        expect(keys(await index.search(theirs, query)).toSorted()).toEqual(['k', 't']);
      }
      expect(await index.remove(ours, ['t'])).toBe(0);
      expect(await index.size(theirs)).toBe(2);
      expect(await index.search(freshTenant(), { text: 'seal', mode: 'lexical', limit: 5 })).toEqual([]);
    });

    it.each([
      ['nothing', ''],
      ['blanks', '   '],
      ['a statement', "'; drop table passage; --"],
      ['operators', '& | ! ( )'],
      ['wildcards', '%_\\'],
      ['other scripts', '漏水 🚨'],
      ['an endless word', 'a'.repeat(5000)],
      ['a NUL', '\u0000'],
      ['common words only', 'the of and'],
    ])('stands a question of %s', async (_, text) => {
      const tenant = freshTenant();
      await index.put(tenant, [passage('k', 'a seal', { vector: [1, 0, 0, 0] })]);
      for (const mode of ['lexical', 'hybrid'] as const) {
        const hits = await index.search(tenant, { text, vector: [0, 1, 0, 0], mode, limit: 5 });
        expect(hits.length).toBeLessThanOrEqual(1);
      }
    });

    it('refuses a vector of another length and too many passages at once', async () => {
      const tenant = freshTenant();
      await expect(index.put(tenant, [passage('k', 'a', { vector: [1, 2] })])).rejects.toMatchObject({
        code: 'invalid-request',
      });
      expect(await index.size(tenant)).toBe(0);
      const many = Array.from({ length: 1001 }, (_, at) => passage(`k${at}`, 'a'));
      await expect(index.put(tenant, many)).rejects.toMatchObject({ code: 'invalid-request' });
    });
  });
}
