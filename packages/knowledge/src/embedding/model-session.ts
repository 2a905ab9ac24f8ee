/** What the threads of local models have in common: tokeniser, runtime, and one job after the other. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { Tokenizer } from '@huggingface/tokenizers';
import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common';

/** What a thread is started with. */
export interface ModelWorkerData {
  readonly runtimeModule: string;
  readonly graphFile: string;
  readonly tokenizerFile: string;
  readonly tokenizerConfigFile: string;
  readonly tokensMax: number;
}

/** A text for the model, or the answer to it. */
export interface ModelJob {
  readonly job: number;
  readonly text: string;
  readonly pair?: string;
}
export type ModelJobAnswer =
  | { readonly job: number; readonly numbers: Float32Array<ArrayBuffer> }
  | { readonly job: number; readonly error: string };

/** A model that is open. */
export interface ModelSession {
  readonly tokenizer: Tokenizer;
  /** Runs the model on one sequence of tokens; `types` tells the second text of a pair with 1. */
  readonly run: (tokens: readonly number[], types?: readonly number[]) => Promise<InferenceSession.OnnxValueMapType>;
  readonly outputNames: readonly string[];
}

interface OnnxRuntime {
  readonly InferenceSession: {
    create(path: string, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

/** No model reads so much; tokenising more would be wasted. */
export const CHARACTERS_PER_TOKEN_MAX = 32;

/** Opens the files that `data` names, for one thread. */
export async function openModelSession(data: ModelWorkerData): Promise<ModelSession> {
  const { InferenceSession: Session, Tensor: RuntimeTensor } = createRequire(import.meta.url)(
    data.runtimeModule,
  ) as OnnxRuntime; // the runtime's public classes
  const tokenizer = new Tokenizer(readJson(data.tokenizerFile), readJson(data.tokenizerConfigFile));
  const session = await Session.create(data.graphFile, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  return {
    tokenizer,
    outputNames: session.outputNames,
    run(tokens, types) {
      const shape = [1, tokens.length];
      const feeds: Record<string, Tensor> = {};
      for (const name of session.inputNames) {
        const values =
          name === 'input_ids'
            ? BigInt64Array.from(tokens, BigInt)
            : name === 'token_type_ids' && types !== undefined
              ? BigInt64Array.from(types, BigInt)
              : new BigInt64Array(tokens.length).fill(name === 'attention_mask' ? 1n : 0n);
        feeds[name] = new RuntimeTensor('int64', values, shape);
      }
      return session.run(feeds);
    },
  };
}

/** Answers the jobs of the thread that started this one, one after the other, and says that it is ready. */
export function answerJobs(compute: (job: ModelJob) => Promise<Float32Array<ArrayBuffer>>): void {
  let last: Promise<void> = Promise.resolve();
  const answer = async (job: ModelJob): Promise<void> => {
    try {
      const numbers = await compute(job);
      parentPort?.postMessage({ job: job.job, numbers } satisfies ModelJobAnswer, [numbers.buffer]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      parentPort?.postMessage({ job: job.job, error: reason } satisfies ModelJobAnswer);
    }
  };
  parentPort?.on('message', (job: ModelJob) => {
    last = last.then(() => answer(job));
  });
  parentPort?.postMessage('ready');
}

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>; // checked when the model's folder was read
}
