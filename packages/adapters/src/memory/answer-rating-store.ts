import { ANSWER_RATINGS_MAX } from '@heliosiq/ports';
import type { AnswerRating, AnswerRatingStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

/** A store of ratings in memory, gone with the process. */
export function createMemoryAnswerRatingStore(): AnswerRatingStore {
  const tenants = createTenantMap(() => new Map<string, AnswerRating>());
  return {
    async put(tenantId, rating) {
      const ratings = tenants.of(tenantId);
      const key = JSON.stringify([rating.answerId, rating.actor]);
      // Set anew: a Map keeps the order of insertion, so the first entry is the oldest.
      ratings.delete(key);
      ratings.set(key, { ...rating });
      const [oldest] = ratings.keys();
      if (ratings.size > ANSWER_RATINGS_MAX && oldest !== undefined) ratings.delete(oldest);
    },
    async list(tenantId, { limit, helpful }) {
      checkedLimit(limit, 1000);
      return [...tenants.of(tenantId).values()]
        .filter((rating) => helpful === undefined || rating.helpful === helpful)
        .sort((a, b) => b.at - a.at || (a.answerId < b.answerId ? -1 : 1))
        .slice(0, limit);
    },
  };
}
