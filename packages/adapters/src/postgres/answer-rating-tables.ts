import type { AnswerRating } from '@heliosiq/ports';
import type { JsonColumn } from './json-column.ts';

/** The table of what people said of answers. */
export interface AnswerRatingTables {
  answer_rating: AnswerRatingTable;
}

export interface AnswerRatingTable {
  tenant_id: string;
  answer_id: string;
  actor: string;
  at: number;
  helpful: boolean;
  document: JsonColumn<AnswerRating>;
}
