/** A local ONNX cross-encoder as a `Reranker`: worker threads read question and passage together. */

import { HeliosError } from '@heliosiq/model';
import { TEXTS_PER_RERANK_MAX } from '@heliosiq/ports';
import type { Reranker } from '@heliosiq/ports';
import { readModelFolder } from './model-folder.ts';
import type { ModelWorkerData } from './model-session.ts';
import { createModelThreads } from './model-threads.ts';

export interface LocalRerankerOptions {
  /** The folder of the model, laid out like that of an embedder; see `readModelFolder`. */
  readonly modelFolder: string;
  /** The path of the runtime's module; see `installOnnxRuntime`. */
  readonly runtimeModule: string;
  readonly threads?: number;
}

/** A reranker that holds threads. */
export interface LocalReranker extends Reranker, AsyncDisposable {}

/** Opens a model folder; see `ModelThreads` for when threads start. */
export async function openLocalReranker(options: LocalRerankerOptions): Promise<LocalReranker> {
  const { model, ...files } = await readModelFolder(options.modelFolder);
  const { runtimeModule } = options;
  const threads = createModelThreads({
    module: new URL('./local-reranker-worker.ts', import.meta.url),
    workerData: { ...files, runtimeModule } satisfies ModelWorkerData,
    name: 'reranking model',
    ...(options.threads !== undefined && { threads: options.threads }),
  });
  return {
    label: model.label,
    async rerank(question, texts, signal) {
      if (texts.length > TEXTS_PER_RERANK_MAX) {
        throw new HeliosError('too-large', `at most ${TEXTS_PER_RERANK_MAX} texts are reranked at once`);
      }
      const tasks = texts.map((pair) => ({ text: question, pair }));
      const scores = await threads.run(tasks, { isUrgent: true, ...(signal && { signal }) });
      return scores.map(([score = Number.NaN]) => score);
    },
    [Symbol.asyncDispose]: () => threads[Symbol.asyncDispose](),
  };
}
