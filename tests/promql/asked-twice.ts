import { keptAnswer, type KeptAnswer } from './answer-form.ts';
import { isOrdered } from './compared-queries.ts';
import { startMs } from './example-series.ts';
import type { AskApi } from './loaded-store.ts';

/** A question's answers at a moment and over a range. */
export interface KeptAnswers {
  readonly instant: KeptAnswer;
  readonly range: KeptAnswer;
}

const momentS = startMs / 1000 + 25 * 60;
/** Steps that begin before the first sample, end at the last one and meet neither scrapes nor minutes. */
const steps = { startS: startMs / 1000 - 70, stepS: 206, count: 13 };

/** Asks a question at a moment and over a range. */
export async function askedTwice(ask: AskApi, query: string): Promise<KeptAnswers> {
  const instant = await ask('/api/v1/query', [
    ['query', query],
    ['time', String(momentS)],
  ]);
  const range = await ask('/api/v1/query_range', [
    ['query', query],
    ['start', String(steps.startS)],
    ['end', String(steps.startS + steps.stepS * (steps.count - 1))],
    ['step', String(steps.stepS)],
  ]);
  return { instant: keptAnswer(instant, { isOrdered: isOrdered(query) }), range: keptAnswer(range, { steps }) };
}
