/** The thread that runs a local cross-encoder: question and passage in one sequence, one score. */

import { workerData } from 'node:worker_threads';
import { answerJobs, CHARACTERS_PER_TOKEN_MAX, openModelSession } from './model-session.ts';
import type { ModelWorkerData } from './model-session.ts';

const data = workerData as ModelWorkerData; // given by local-reranker.ts, which starts this thread
const model = await openModelSession(data);
answerJobs(({ text, pair = '' }) => score(text, pair));

/** The logit of a model with one label; of one with two, the second (relevant) less the first. */
async function score(question: string, passage: string): Promise<Float32Array<ArrayBuffer>> {
  const charactersMax = data.tokensMax * CHARACTERS_PER_TOKEN_MAX;
  const { ids, token_type_ids: types } = model.tokenizer.encode(question.slice(0, charactersMax), {
    // Without a second text the tokeniser would make a sequence of one.
    text_pair: passage.slice(0, charactersMax).trim() || '-',
    return_token_type_ids: true,
  });
  // Cut at the passage's end, with the closing mark kept.
  const isCut = ids.length > data.tokensMax;
  const tokens = isCut ? [...ids.slice(0, data.tokensMax - 1), ids.at(-1) ?? 0] : ids;
  const outputs = await model.run(tokens, types.slice(0, tokens.length));
  const logits = outputs['logits'] ?? outputs[model.outputNames[0] ?? ''];
  const values = logits?.data;
  if (!(values instanceof Float32Array) || values.length < 1 || values.length > 2) {
    throw new Error('it gives no score for a pair of texts: it is not a cross-encoder');
  }
  const [first = 0, second] = values;
  return Float32Array.of(second === undefined ? first : second - first);
}
