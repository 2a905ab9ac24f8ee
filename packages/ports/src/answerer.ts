import type { Answer, IncidentId, Principal, Support, TenantId } from '@heliosiq/model';
import type { AnswerRating } from './answer-rating-store.ts';

export interface Question {
  /** 1 to 2,000 characters. */
  readonly text: string;
  /** The incident the asker is looking at. */
  readonly incidentId?: IncidentId;
}

/** Answers a question with cited sentences, or says that it does not know. */
export interface Answerer {
  ask(principal: Principal, question: Question, signal: AbortSignal): Promise<Answer>;
  /** Keeps what a person says of an answer; the last word of each counts. */
  rate(principal: Principal, rating: Rating): Promise<void>;
  /** What people said of answers, the newest first; at most `limit` (1 to 1,000). */
  ratings(
    tenantId: TenantId,
    options: { readonly limit: number; readonly helpful?: boolean },
  ): Promise<readonly AnswerRating[]>;
}

/** What a person says of an answer. */
export type Rating = Omit<AnswerRating, 'actor' | 'at'>;

/** A sentence that somebody or something wrote, and the exact words that it cites. */
export interface Claim {
  readonly text: string;
  readonly quotes: readonly string[];
}

/**
 * Says for each claim how far its quotes carry it, in order. It judges words, numbers, names and negations, without a model:
 * the same claim always gets the same verdict. Of a claim at most 4,000 characters and 20 quotes are read.
 */
export type GroundingCheck = (claims: readonly Claim[]) => readonly Support[];
