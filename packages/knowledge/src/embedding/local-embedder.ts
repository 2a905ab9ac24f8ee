/** A local ONNX model as an `Embedder`: worker threads embed, questions go before passages. */

import { Worker } from 'node:worker_threads';
import { HeliosError } from '@heliosiq/model';
import { TEXTS_PER_EMBEDDING_MAX } from '@heliosiq/ports';
import type { Embedder } from '@heliosiq/ports';
import type { EmbedderAnswer, EmbedderJob, EmbedderWorkerData } from './local-embedder-worker.ts';
import { readModelFolder } from './model-folder.ts';

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

interface Task {
  readonly text: string;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (vector: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  task: Task | undefined;
  timer: NodeJS.Timeout | undefined;
}

const LOAD_TIMEOUT_MS = 120_000;
const TEXT_TIMEOUT_MS = 60_000;
const WAITING_MAX = 16 * TEXTS_PER_EMBEDDING_MAX;

/**
 * Opens a model folder. Threads start with the first text, and again after one died. A text that takes more than a minute
 * ends its thread and rejects with `timeout`; more than 4,096 waiting texts reject with `rate-limited`.
 */
export async function openLocalEmbedder(options: LocalEmbedderOptions): Promise<LocalEmbedder> {
  const { model, graphFile, tokenizerFile, tokenizerConfigFile, tokensMax } = await readModelFolder(
    options.modelFolder,
  );
  const { runtimeModule } = options;
  let threadsMax = options.threads ?? 1;
  const workerData: EmbedderWorkerData = {
    runtimeModule,
    graphFile,
    tokenizerFile,
    tokenizerConfigFile,
    tokensMax,
    dimensions: model.dimensions,
  };
  const questions: Task[] = [];
  const passages: Task[] = [];
  const threads = new Set<Thread>();
  let starting = 0;
  let isClosed = false;
  let jobs = 0;

  function dispatch(): void {
    while (questions.length + passages.length > 0) {
      const idle = [...threads].find((thread) => thread.task === undefined);
      if (idle === undefined) {
        if (threads.size + starting < threadsMax && starting < questions.length + passages.length) void start();
        else return;
        continue;
      }
      const task = questions.shift() ?? passages.shift();
      if (task === undefined) return;
      if (task.signal?.aborted === true) task.reject(task.signal.reason);
      else run(idle, task);
    }
  }

  function run(thread: Thread, task: Task): void {
    thread.task = task;
    thread.timer = setTimeout(() => {
      finish(thread, new HeliosError('timeout', `a text was not embedded within ${TEXT_TIMEOUT_MS / 1000} s`));
      threads.delete(thread);
      void thread.worker.terminate();
    }, TEXT_TIMEOUT_MS);
    thread.worker.ref();
    thread.worker.postMessage({ job: jobs++, text: task.text } satisfies EmbedderJob);
  }

  /** Ends a thread's task with a vector or an error, and gives it the next. */
  function finish(thread: Thread, result: Float32Array | Error): void {
    const { task } = thread;
    clearTimeout(thread.timer);
    thread.task = undefined;
    thread.worker.unref();
    if (result instanceof Error) task?.reject(result);
    else task?.resolve(result);
  }

  async function start(): Promise<void> {
    starting += 1;
    try {
      const worker = await startWorker(workerData);
      const thread: Thread = { worker, task: undefined, timer: undefined };
      if (isClosed) return void (await worker.terminate());
      threads.add(thread);
      worker.unref();
      worker.on('message', (answer: EmbedderAnswer) => {
        finish(
          thread,
          'vector' in answer
            ? answer.vector
            : new HeliosError('unavailable', `the embedding model failed: ${answer.error}`),
        );
        dispatch();
      });
      worker.on('error', (cause) => {
        threads.delete(thread);
        finish(thread, new HeliosError('unavailable', 'the thread of the embedding model died', { cause }));
        dispatch();
      });
      worker.on('exit', () => {
        threads.delete(thread);
        if (thread.task) finish(thread, new HeliosError('unavailable', 'the thread of the embedding model ended'));
      });
    } catch (error) {
      // A machine that has no room for another thread goes on with those that run.
      if (threads.size > 0) threadsMax = threads.size;
      else for (const task of [...questions.splice(0), ...passages.splice(0)]) task.reject(error);
    } finally {
      starting -= 1;
      dispatch();
    }
  }

  return {
    model: () => Promise.resolve(model),
    embed(texts, { purpose, signal }) {
      if (texts.length > TEXTS_PER_EMBEDDING_MAX) {
        return Promise.reject(new HeliosError('too-large', `at most ${TEXTS_PER_EMBEDDING_MAX} texts at once`));
      }
      if (isClosed) return Promise.reject(new HeliosError('unavailable', 'the embedding model is closed'));
      const queue = purpose === 'question' ? questions : passages;
      if (queue.length + texts.length > WAITING_MAX) {
        return Promise.reject(new HeliosError('rate-limited', 'too many texts wait for the embedding model'));
      }
      const vectors = texts.map(
        (text) =>
          new Promise<Float32Array>((resolve, reject) => {
            queue.push({ text, signal, resolve, reject });
          }),
      );
      dispatch();
      return Promise.all(vectors);
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      const closed = new HeliosError('unavailable', 'the embedding model was closed');
      for (const task of [...questions.splice(0), ...passages.splice(0)]) task.reject(closed);
      for (const thread of threads) finish(thread, closed);
      await Promise.all([...threads].map((thread) => thread.worker.terminate()));
      threads.clear();
    },
  };
}

function startWorker(workerData: EmbedderWorkerData): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./local-embedder-worker.ts', import.meta.url), { workerData });
    const fail = (cause: unknown): void => {
      clearTimeout(timer);
      void worker.terminate();
      const reason = cause instanceof Error ? cause.message : 'it took too long';
      reject(new HeliosError('unavailable', `the embedding model could not be loaded: ${reason}`, { cause }));
    };
    const timer = setTimeout(() => fail(undefined), LOAD_TIMEOUT_MS);
    worker.once('error', fail);
    worker.once('message', () => {
      clearTimeout(timer);
      worker.off('error', fail);
      resolve(worker);
    });
  });
}
