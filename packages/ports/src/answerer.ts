import type { Answer, IncidentId, Principal } from '@heliosiq/model';

export interface Question {
  /** 1 to 2,000 characters. */
  readonly text: string;
  /** The incident the asker is looking at. */
  readonly incidentId?: IncidentId;
}

/** Answers a question with cited sentences, or says that it does not know. */
export interface Answerer {
  ask(principal: Principal, question: Question, signal: AbortSignal): Promise<Answer>;
}
