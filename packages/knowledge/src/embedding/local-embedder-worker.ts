/** The thread that runs a local model: one text a run, because a quantised model's vector depends on what shares its batch. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { Tokenizer } from '@huggingface/tokenizers';
import type { InferenceSession, TensorConstructor } from 'onnxruntime-common';

/** What the thread is started with. */
export interface EmbedderWorkerData {
  readonly runtimeModule: string;
  readonly graphFile: string;
  readonly tokenizerFile: string;
  readonly tokenizerConfigFile: string;
  readonly tokensMax: number;
  readonly dimensions: number;
}

/** A text to embed, or the answer to it. */
export interface EmbedderJob {
  readonly job: number;
  readonly text: string;
}
export type EmbedderAnswer =
  | { readonly job: number; readonly vector: Float32Array<ArrayBuffer> }
  | { readonly job: number; readonly error: string };

interface OnnxRuntime {
  readonly InferenceSession: {
    create(path: string, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

/** No model reads so much; tokenising more would be wasted. */
const CHARACTERS_PER_TOKEN_MAX = 32;

const data = workerData as EmbedderWorkerData; // given by local-embedder.ts, which starts this thread
const { InferenceSession: Session, Tensor } = createRequire(import.meta.url)(data.runtimeModule) as OnnxRuntime; // the runtime's public classes
const tokenizer = new Tokenizer(readJson(data.tokenizerFile), readJson(data.tokenizerConfigFile));
const session = await Session.create(data.graphFile, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
});

let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (job: EmbedderJob) => {
  last = last.then(() => answer(job));
});
parentPort?.postMessage('ready');

async function answer({ job, text }: EmbedderJob): Promise<void> {
  try {
    const vector = await embed(text);
    parentPort?.postMessage({ job, vector } satisfies EmbedderAnswer, [vector.buffer]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ job, error: reason } satisfies EmbedderAnswer);
  }
}

/** Mean of the last hidden states over the real tokens, of length 1. */
async function embed(text: string): Promise<Float32Array<ArrayBuffer>> {
  const { ids } = tokenizer.encode(text.slice(0, data.tokensMax * CHARACTERS_PER_TOKEN_MAX));
  const closing = ids.at(-1) ?? 0;
  const tokens = ids.length > data.tokensMax ? [...ids.slice(0, data.tokensMax - 1), closing] : ids;
  const shape = [1, tokens.length];
  const feeds: Record<string, InstanceType<TensorConstructor>> = {};
  for (const name of session.inputNames) {
    const values =
      name === 'input_ids'
        ? BigInt64Array.from(tokens, BigInt)
        : new BigInt64Array(tokens.length).fill(name === 'attention_mask' ? 1n : 0n);
    feeds[name] = new Tensor('int64', values, shape);
  }
  const outputs = await session.run(feeds);
  const hidden = outputs['last_hidden_state'] ?? outputs[session.outputNames[0] ?? ''];
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

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>; // checked when the model's folder was read
}
