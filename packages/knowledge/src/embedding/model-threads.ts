/** Worker threads that run a local model: jobs wait in two queues, what people wait for goes first. */

import { Worker } from 'node:worker_threads';
import { HeliosError } from '@heliosiq/model';
import type { ModelJob, ModelJobAnswer } from './model-session.ts';

/** What a model reads at once: a text, or a text and what it is held against. */
export interface ModelTask {
  readonly text: string;
  readonly pair?: string;
}

export interface ModelThreadsOptions {
  /** The module that a thread runs; it says `ready`, then answers each `ModelJob`. */
  readonly module: URL;
  readonly workerData: object;
  /** Threads, each with the model in memory; 1 when absent. */
  readonly threads?: number;
  /** For errors, e.g. `embedding model`. */
  readonly name: string;
}

/** Threads that start with the first task, and again after one died. */
export interface ModelThreads extends AsyncDisposable {
  /**
   * What the model gives for each task, in order. Urgent tasks go before the others. A task that takes more than a minute ends its
   * thread and rejects with `timeout`; more than 4,096 waiting tasks of one kind reject with `rate-limited`.
   */
  readonly run: (
    tasks: readonly ModelTask[],
    options: { readonly isUrgent: boolean; readonly signal?: AbortSignal },
  ) => Promise<Float32Array[]>;
}

interface Waiting extends ModelTask {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (numbers: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  task: Waiting | undefined;
  timer: NodeJS.Timeout | undefined;
}

const LOAD_TIMEOUT_MS = 120_000;
const TASK_TIMEOUT_MS = 60_000;
const WAITING_MAX = 4096;

export function createModelThreads(options: ModelThreadsOptions): ModelThreads {
  const { name } = options;
  let threadsMax = options.threads ?? 1;
  const urgent: Waiting[] = [];
  const patient: Waiting[] = [];
  const threads = new Set<Thread>();
  let starting = 0;
  let isClosed = false;
  let jobs = 0;

  function dispatch(): void {
    while (urgent.length + patient.length > 0) {
      const idle = [...threads].find((thread) => thread.task === undefined);
      if (idle === undefined) {
        if (threads.size + starting < threadsMax && starting < urgent.length + patient.length) void start();
        else return;
        continue;
      }
      const task = urgent.shift() ?? patient.shift();
      if (task === undefined) return;
      if (task.signal?.aborted === true) task.reject(task.signal.reason);
      else run(idle, task);
    }
  }

  function run(thread: Thread, task: Waiting): void {
    thread.task = task;
    thread.timer = setTimeout(() => {
      finish(thread, new HeliosError('timeout', `the ${name} did not answer within ${TASK_TIMEOUT_MS / 1000} s`));
      threads.delete(thread);
      void thread.worker.terminate();
    }, TASK_TIMEOUT_MS);
    thread.worker.ref();
    const { text, pair } = task;
    thread.worker.postMessage({ job: jobs++, text, ...(pair !== undefined && { pair }) } satisfies ModelJob);
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
      const worker = await startWorker(options);
      const thread: Thread = { worker, task: undefined, timer: undefined };
      if (isClosed) return void (await worker.terminate());
      threads.add(thread);
      worker.unref();
      worker.on('message', (answer: ModelJobAnswer) => {
        finish(
          thread,
          'numbers' in answer ? answer.numbers : new HeliosError('unavailable', `the ${name} failed: ${answer.error}`),
        );
        dispatch();
      });
      worker.on('error', (cause) => {
        threads.delete(thread);
        finish(thread, new HeliosError('unavailable', `the thread of the ${name} died`, { cause }));
        dispatch();
      });
      worker.on('exit', () => {
        threads.delete(thread);
        if (thread.task) finish(thread, new HeliosError('unavailable', `the thread of the ${name} ended`));
        dispatch();
      });
    } catch (error) {
      // A machine that has no room for another thread goes on with those that run.
      if (threads.size > 0) threadsMax = threads.size;
      else for (const task of [...urgent.splice(0), ...patient.splice(0)]) task.reject(error);
    } finally {
      starting -= 1;
      dispatch();
    }
  }

  return {
    run(tasks, { isUrgent, signal }) {
      if (isClosed) return Promise.reject(new HeliosError('unavailable', `the ${name} is closed`));
      const queue = isUrgent ? urgent : patient;
      if (queue.length + tasks.length > WAITING_MAX) {
        return Promise.reject(new HeliosError('rate-limited', `too many texts wait for the ${name}`));
      }
      const results = tasks.map(
        (task) =>
          new Promise<Float32Array>((resolve, reject) => {
            queue.push({ ...task, signal, resolve, reject });
          }),
      );
      dispatch();
      return Promise.all(results);
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      const closed = new HeliosError('unavailable', `the ${name} was closed`);
      for (const task of [...urgent.splice(0), ...patient.splice(0)]) task.reject(closed);
      for (const thread of threads) finish(thread, closed);
      await Promise.all([...threads].map((thread) => thread.worker.terminate()));
      threads.clear();
    },
  };
}

function startWorker({ module, workerData, name }: ModelThreadsOptions): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(module, { workerData });
    const fail = (cause: unknown): void => {
      clearTimeout(timer);
      void worker.terminate();
      const reason = cause instanceof Error ? cause.message : 'it took too long';
      reject(new HeliosError('unavailable', `the ${name} could not be loaded: ${reason}`, { cause }));
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
