import { setTimeout as delay } from 'node:timers/promises';
import { errorTable, HeliosError } from '@heliosiq/model';

export interface OutageRetryOptions {
  readonly signal: AbortSignal;
  /** Outages that last longer end in the last error. */
  readonly patienceMs: number;
  readonly onRetry: (error: HeliosError, waitMs: number) => void;
}

const firstWaitMs = 100;
const longestWaitMs = 5000;

/**
 * Does the work, again and again while it fails by an outage that may pass, with doubling waits.
 * Returns false when the signal aborted instead; throws faults that no retry can cure, and outages beyond the patience.
 */
export async function throughOutages(work: () => Promise<void>, options: OutageRetryOptions): Promise<boolean> {
  const givesUpAt = performance.now() + options.patienceMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      await work();
      return true;
    } catch (error) {
      if (!isOutage(error) || performance.now() + waitMs > givesUpAt) throw error;
      if (options.signal.aborted) return false;
      options.onRetry(error, waitMs);
    }
    await delay(waitMs, undefined, { signal: options.signal }).catch(() => {});
    if (options.signal.aborted) return false;
  }
}

function isOutage(error: unknown): error is HeliosError {
  return error instanceof HeliosError && error.code !== 'internal' && errorTable[error.code].retryable;
}
