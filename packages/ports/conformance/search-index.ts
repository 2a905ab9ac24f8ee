import { beforeAll, describe, expect, it } from 'vitest';
import type { IndexedPassage, IndexHit, SearchIndex } from '../src/search-index.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

/** The length of vectors that an index under test is opened with. */
export const CONFORMANCE_DIMENSIONS = 4;

function passage(key: string, text: string, more: Partial<IndexedPassage> = {}): IndexedPassage {
  return {
    key,
    document: `${key}.md`,
    version: '1',
    title: 'Pump',
    headings: ['Fix'],
    tags: ['runbook'],
    text,
    ...more,
  };
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

    it('gives a passage its vector later, if it is still the version that was embedded', async () => {
      const tenant = freshTenant();
      await index.put(tenant, [passage('a', 'words of a'), passage('b', 'words of b', { version: '2' })]);
      const vector = [1, 0, 0, 0];
      await index.setVectors(tenant, [
        { key: 'a', version: '1', vector },
        { key: 'b', version: '1', vector },
        { key: 'never there', version: '1', vector },
      ]);
      const byMeaning = { text: 'q', vector, mode: 'dense', limit: 5 } as const;
      expect(keys(await index.search(tenant, byMeaning))).toEqual(['a']);
      await index.setVectors(tenant, [{ key: 'a', version: '1', vector: [0, 1, 0, 0] }]);
      expect((await index.search(tenant, byMeaning))[0]?.dense).toBeLessThan(0.1);
      expect(keys(await index.search(tenant, { text: 'words', mode: 'lexical', limit: 5 })).toSorted()).toEqual([
        'a',
        'b',
      ]);
      const wrong = index.setVectors(tenant, [{ key: 'a', version: '1', vector: [1] }]);
      await expect(wrong).rejects.toMatchObject({ code: 'invalid-request' });
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

    it('leaves out whole documents before places are given', async () => {
      const tenant = freshTenant();
      const many = Array.from({ length: 60 }, (_, at) =>
        passage(`p${at}`, `pump number ${at}`, {
          document: at < 58 ? 'old.md' : `${at}.md`,
          vector: [1, at / 100, 0, 0],
        }),
      );
      await index.put(tenant, many);
      for (const mode of ['lexical', 'dense', 'hybrid'] as const) {
        const query = { text: 'pump', vector: [1, 0, 0, 0], mode, limit: 3, exceptDocuments: ['old.md', '58.md', 'x'] };
        const hits = await index.search(tenant, query);
        expect(hits.map(({ key, document, version }) => ({ key, document, version }))).toEqual([
          { key: 'p59', document: '59.md', version: '1' },
        ]);
      }
      const tooMany = Array.from({ length: 10_001 }, (_, at) => `${at}.md`);
      const asked = index.search(tenant, { text: 'a', mode: 'lexical', limit: 1, exceptDocuments: tooMany });
      await expect(asked).rejects.toMatchObject({ code: 'invalid-request' });
    });

    it('tells what it holds of each document, and removes a document whole', async () => {
      const tenant = freshTenant();
      await index.put(tenant, [
        passage('a0', 'one', { document: 'a', version: '7', vector: [1, 0, 0, 0] }),
        passage('a1', 'two', { document: 'a', version: '7' }),
        passage('b0', 'three', { document: 'b', version: '1' }),
      ]);
      const held = async () => (await index.documents(tenant)).toSorted((a, b) => (a.document < b.document ? -1 : 1));
      const b = { document: 'b', version: '1', passages: 1, vectors: 0 };
      expect(await held()).toEqual([{ document: 'a', version: '7', passages: 2, vectors: 1 }, b]);
      expect(await index.removeDocument(freshTenant(), 'a')).toBe(0);
      expect(await index.removeDocument(tenant, 'a')).toBe(2);
      expect(await held()).toEqual([b]);
    });

    it('tells how much of a question each passage has, and which of its terms are rare', async () => {
      const tenant = freshTenant();
      const common = Array.from({ length: 30 }, (_, at) => passage(`c${at}`, 'a pump', { title: 'Note' }));
      await index.put(tenant, [
        ...common,
        passage('both', 'the pump cavitates', { title: 'Note', vector: [1, 0, 0, 0] }),
      ]);
      const weights = [...(await index.weights(tenant, 'pump cavitates zeppelin')).values()];
      expect(weights).toHaveLength(3);
      expect(weights.toSorted((a, b) => a - b)).toEqual(weights);
      expect(weights[0]).toBeGreaterThan(0);
      const query = { text: 'pump cavitates', vector: [1, 0, 0, 0], limit: 3 };
      for (const mode of ['lexical', 'dense', 'hybrid'] as const) {
        const [first] = await index.search(tenant, { ...query, mode });
        expect([first?.key, first?.coverage]).toEqual(['both', expect.closeTo(1, 5)]);
      }
      const second = (await index.search(tenant, { ...query, mode: 'lexical' }))[1];
      expect(second?.coverage).toBeGreaterThan(0);
      expect(second?.coverage).toBeLessThan(0.5);
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
