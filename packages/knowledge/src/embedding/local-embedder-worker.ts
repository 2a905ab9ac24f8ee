/** The thread that runs a local embedder: one text a run, because a quantised model's vector depends on what shares its batch. */

import { workerData } from 'node:worker_threads';
import { answerJobs, CHARACTERS_PER_TOKEN_MAX, openModelSession } from './model-session.ts';
import type { ModelWorkerData } from './model-session.ts';

/** What the thread is started with. */
export interface EmbedderWorkerData extends ModelWorkerData {
  readonly dimensions: number;
}

const data = workerData as EmbedderWorkerData; // given by local-embedder.ts, which starts this thread
const model = await openModelSession(data);
answerJobs(({ text }) => embed(text));

/** Mean of the last hidden states over the real tokens, of length 1. */
async function embed(text: string): Promise<Float32Array<ArrayBuffer>> {
  const { ids } = model.tokenizer.encode(text.slice(0, data.tokensMax * CHARACTERS_PER_TOKEN_MAX));
  const closing = ids.at(-1) ?? 0;
  const tokens = ids.length > data.tokensMax ? [...ids.slice(0, data.tokensMax - 1), closing] : ids;
  const outputs = await model.run(tokens);
  const hidden = outputs['last_hidden_state'] ?? outputs[model.outputNames[0] ?? ''];
  if (hidden === undefined || !(hidden.data instanceof Float32Array))
    throw new Error('the model gives no hidden states');
  const { dimensions } = data;
  if (hidden.data.length !== tokens.length * dimensions)
    throw new Error('the model gives hidden states of another size');
  const vector = new Float32Array(dimensions);
  for (let at = 0; at < hidden.data.length; at++) {
    const dimension = at % dimensions;
    vector[dimension] = (vector[dimension] ?? 0) + (hidden.data[at] ?? 0);
  }
  let squares = 0;
  for (const part of vector) squares += part * part;
  const length = Math.sqrt(squares) || 1;
  return vector.map((part) => part / length);
}
