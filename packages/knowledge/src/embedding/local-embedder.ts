/** A local ONNX model as an `Embedder`: worker threads embed, questions go before passages. */

import { HeliosError } from '@heliosiq/model';
import { TEXTS_PER_EMBEDDING_MAX } from '@heliosiq/ports';
import type { Embedder } from '@heliosiq/ports';
import type { EmbedderWorkerData } from './local-embedder-worker.ts';
import { readModelFolder } from './model-folder.ts';
import { createModelThreads } from './model-threads.ts';

export interface LocalEmbedderOptions {
  /** The folder of the model; see `readModelFolder`. */
  readonly modelFolder: string;
  /** The path of the runtime's module; see `installOnnxRuntime`. */
  readonly runtimeModule: string;
  /** Threads that embed, each with the model in memory (about 110 MiB); 1 when absent. */
  readonly threads?: number;
}

/** An embedder that holds threads. */
export interface LocalEmbedder extends Embedder, AsyncDisposable {}

/** Opens a model folder; see `ModelThreads` for when threads start, and what they do with many texts. */
export async function openLocalEmbedder(options: LocalEmbedderOptions): Promise<LocalEmbedder> {
  const { model, ...files } = await readModelFolder(options.modelFolder);
  const { runtimeModule } = options;
  const threads = createModelThreads({
    module: new URL('./local-embedder-worker.ts', import.meta.url),
    workerData: { ...files, runtimeModule, dimensions: model.dimensions } satisfies EmbedderWorkerData,
    name: 'embedding model',
    ...(options.threads !== undefined && { threads: options.threads }),
  });
  return {
    model: () => Promise.resolve(model),
    embed(texts, { purpose, signal }) {
      if (texts.length > TEXTS_PER_EMBEDDING_MAX) {
        return Promise.reject(new HeliosError('too-large', `at most ${TEXTS_PER_EMBEDDING_MAX} texts at once`));
      }
      const tasks = texts.map((text) => ({ text }));
      return threads.run(tasks, { isUrgent: purpose === 'question', ...(signal && { signal }) });
    },
    [Symbol.asyncDispose]: () => threads[Symbol.asyncDispose](),
  };
}
