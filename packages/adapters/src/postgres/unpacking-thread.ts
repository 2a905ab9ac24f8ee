import { Worker } from 'node:worker_threads';
import type { Logger } from '@heliosiq/ports';
import type { UnpackJob } from './unpack-job.ts';

/** A thread that helps to unpack samples. It starts with the first job, and ends when there was none for a while. */
export interface UnpackingThread extends AsyncDisposable {
  /** Has it help with a job as soon as it can, which may be never. */
  offer(job: UnpackJob): void;
}

/** Jobs that wait for the thread at most; their memory stays as long. */
const jobsMax = 4;
const idleMs = 15_000;
/** A thread that ended by itself so often is not started again. */
const failuresMax = 3;

interface Running {
  readonly worker: Worker;
  jobs: number;
}

export function createUnpackingThread({ logger }: { readonly logger?: Logger } = {}): UnpackingThread {
  let running: Running | undefined;
  let failures = 0;
  let isClosed = false;
  let idle: NodeJS.Timeout | undefined;

  function start(): Running {
    // What it holds beside shared memory is its code and one series at a time.
    const worker = new Worker(new URL('./unpacking-thread-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 },
    });
    const own = { worker, jobs: 0 };
    worker.unref();
    worker.on('message', () => {
      own.jobs -= 1;
    });
    worker.on('error', (error) => {
      failures += 1;
      const reason = error instanceof Error ? error.message : String(error);
      logger?.warn({ reason, failures }, 'the thread that helps to unpack samples ended; reading goes on without it');
    });
    worker.on('exit', () => {
      if (running === own) running = undefined;
    });
    return own;
  }

  async function end(): Promise<void> {
    clearTimeout(idle);
    const ending = running;
    running = undefined;
    await ending?.worker.terminate();
  }

  function endWhenIdle(): void {
    clearTimeout(idle);
    idle = setTimeout(() => {
      if (running !== undefined && running.jobs > 0) endWhenIdle();
      else void end();
    }, idleMs);
    idle.unref();
  }

  return {
    offer(job) {
      if (isClosed || failures >= failuresMax) return;
      running ??= start();
      if (running.jobs >= jobsMax) return;
      running.jobs += 1;
      running.worker.postMessage(job);
      endWhenIdle();
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await end();
    },
  };
}
