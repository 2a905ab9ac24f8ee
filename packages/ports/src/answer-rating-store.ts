import type { TenantId } from '@heliosiq/model';

/** What a person said of an answer. */
export interface AnswerRating {
  /** `Answer.id`. */
  readonly answerId: string;
  /** Who said it, as `Principal.actor`. */
  readonly actor: string;
  readonly helpful: boolean;
  /** At most 1,000 characters. */
  readonly note?: string;
  /** What had been asked, as the person's program told it; at most 2,000 characters. */
  readonly question?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What people said of answers; of each person and answer the last word, and of a tenant the newest 10,000. */
export interface AnswerRatingStore {
  put(tenantId: TenantId, rating: AnswerRating): Promise<void>;
  /** The newest first, at most `limit` (1 to 1,000); with `helpful` only those that say so. */
  list(
    tenantId: TenantId,
    options: { readonly limit: number; readonly helpful?: boolean },
  ): Promise<readonly AnswerRating[]>;
}

/** How many ratings of a tenant are kept. */
export const ANSWER_RATINGS_MAX = 10_000;
