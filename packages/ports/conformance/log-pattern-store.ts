import { beforeAll, describe, expect, it } from 'vitest';
import type { LogPatternStore, StoredLogPattern } from '../src/log-pattern-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

function patternOf(id: string, change: Partial<StoredLogPattern> = {}): StoredLogPattern {
  return {
    id,
    template: `session of <word> ${id}`,
    skeleton: ['session', 'of', ['word'], id],
    places: [],
    formerIds: [],
    firstAt: 1000,
    lastAt: 2000,
    example: { asset: 'pump-7', severity: 'info', at: 1000, body: `session of ann ${id}` },
    ...change,
  };
}

/** The promises of `LogPatternStore`. */
export function logPatternStoreConformance(name: string, open: OpenStore<LogPatternStore>): void {
  describe(`${name} as a catalogue of log patterns`, () => {
    let store: LogPatternStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns patterns as they were, those seen last first', async () => {
      const tenantId = freshTenant();
      const [a, b] = [patternOf('a', { places: [2 ** 53 - 1, 7], formerIds: ['x'] }), patternOf('b', { lastAt: 3000 })];
      await store.put(tenantId, [a, b]);
      expect(await store.list(tenantId, { limit: 10 })).toEqual([b, a]);
      expect(await store.list(tenantId, { limit: 1 })).toEqual([b]);
    });

    it('keeps the first example and the widest times, and adds up what leads to a pattern', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, [patternOf('a', { places: [1], formerIds: ['x'] })]);
      const example = { asset: 'fan-1', severity: 'high', at: 5000, body: 'another' } as const;
      const later = { places: [2], formerIds: ['y'], firstAt: 500, lastAt: 1500, example, template: 'wider' };
      await store.put(tenantId, [patternOf('a', later)]);
      const [found] = await store.list(tenantId, { limit: 10 });
      expect(found).toMatchObject({
        ...{ template: 'wider', firstAt: 500, lastAt: 2000 },
        example: patternOf('a').example,
      });
      expect(found?.places.toSorted()).toEqual([1, 2]);
      expect(found?.formerIds.toSorted()).toEqual(['x', 'y']);
    });

    it('finds a pattern by its id and by the ids that have grown into it', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, [patternOf('a', { formerIds: ['x', 'y'] }), patternOf('b'), patternOf('c')]);
      const found = async (...ids: string[]): Promise<string[]> =>
        (await store.find(tenantId, ids)).map(({ id }) => id);
      expect(await found('y', 'c')).toEqual(['a', 'c']);
      expect(await found('z')).toEqual([]);
      expect(await found()).toEqual([]);
    });

    it('forgets what is removed and nothing else', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, [patternOf('a'), patternOf('b')]);
      await store.remove(tenantId, ['a', 'never']);
      expect((await store.list(tenantId, { limit: 10 })).map(({ id }) => id)).toEqual(['b']);
    });

    it('takes concurrent writers of the same patterns', async () => {
      const tenantId = freshTenant();
      const patterns = Array.from({ length: 200 }, (_, index) => patternOf(`p${index}`));
      await Promise.all(
        [0, 1, 2, 3].map((writer) => store.put(tenantId, writer % 2 === 0 ? patterns : patterns.toReversed())),
      );
      expect(await store.list(tenantId, { limit: 1000 })).toHaveLength(200);
    });

    it('keeps words with quotes, backslashes, line ends and signs of any language', async () => {
      const tenantId = freshTenant();
      const odd = patternOf('a', { template: '"a" \\ \n 日本 <word>', skeleton: ['"a"', '\\', '日本', ['word']] });
      await store.put(tenantId, [odd]);
      expect(await store.list(tenantId, { limit: 1 })).toEqual([odd]);
    });

    it('shows a tenant nothing of another', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, [patternOf('a')]);
      expect(await store.list(freshTenant(), { limit: 10 })).toEqual([]);
      expect(await store.find(freshTenant(), ['a'])).toEqual([]);
    });

    it('refuses a limit outside 1 to 20,000', async () => {
      for (const limit of [0, 20_001, 1.5]) {
        await expect(store.list(freshTenant(), { limit })).rejects.toMatchObject({ code: 'invalid-request' });
      }
    });
  });
}
