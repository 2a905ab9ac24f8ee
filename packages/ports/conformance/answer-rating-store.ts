import { beforeAll, describe, expect, it } from 'vitest';
import type { AnswerRating, AnswerRatingStore } from '../src/answer-rating-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

function rating(at: number, more: Partial<AnswerRating> = {}): AnswerRating {
  return { answerId: 'a', actor: 'key:anna', helpful: true, at, ...more };
}

/** The promises of `AnswerRatingStore`. */
export function answerRatingStoreConformance(name: string, open: OpenStore<AnswerRatingStore>): void {
  describe(`${name} as a store of ratings`, () => {
    let store: AnswerRatingStore;
    beforeAll(async () => {
      store = await open();
    });

    it('keeps the last word of each person on each answer, for its tenant alone', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, rating(1, { note: 'yes, "this" \u{1f44d}', question: 'Why?' }));
      await store.put(tenantId, rating(2, { helpful: false }));
      await store.put(tenantId, rating(3, { actor: 'key:ben' }));
      await store.put(tenantId, rating(4, { answerId: 'b', note: 'short' }));
      expect(await store.list(tenantId, { limit: 10 })).toEqual([
        rating(4, { answerId: 'b', note: 'short' }),
        rating(3, { actor: 'key:ben' }),
        rating(2, { helpful: false }),
      ]);
      expect(await store.list(freshTenant(), { limit: 10 })).toEqual([]);
    });

    it('lists the newest first, as many as asked for, and those of one opinion alone', async () => {
      const tenantId = freshTenant();
      for (let at = 1; at <= 6; at += 1)
        await store.put(tenantId, rating(at, { answerId: `${at}`, helpful: at % 2 === 0 }));
      const moments = async (options: Parameters<AnswerRatingStore['list']>[1]) =>
        (await store.list(tenantId, options)).map(({ at }) => at);
      expect(await moments({ limit: 2 })).toEqual([6, 5]);
      expect(await moments({ limit: 10, helpful: false })).toEqual([5, 3, 1]);
      expect(await moments({ limit: 1, helpful: true })).toEqual([6]);
      for (const limit of [0, 1.5, 1001]) {
        await expect(store.list(tenantId, { limit })).rejects.toMatchObject({ code: 'invalid-request' });
      }
    });
  });
}
