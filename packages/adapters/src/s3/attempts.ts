import { setTimeout as pause } from 'node:timers/promises';
import { isPassing, isSlowDown, failureOf, StalledAttempt } from './s3-failure.ts';

/** How long an operation tries. */
export interface AttemptLimits {
  readonly attemptsMax: number;
  /** An attempt that makes no progress for so long is given up. */
  readonly idleMs: number;
  /** All attempts with the rests between them. */
  readonly totalMs: number;
  /** The longest rest before the second attempt; doubled for each further one. */
  readonly restMs: number;
}

export const defaultAttemptLimits: AttemptLimits = { attemptsMax: 6, idleMs: 30_000, totalMs: 300_000, restMs: 200 };

const restMaxMs = 10_000;
/** A server that asks for fewer requests gets a longer rest. */
const slowDownFactor = 4;

/** One attempt at an operation. */
export interface Attempt {
  /** Aborts when the attempt stalls, the operation takes too long, or the store is closed. */
  readonly signal: AbortSignal;
  /** To be called whenever something arrives. */
  progress(): void;
}

/**
 * Tries an operation until it succeeds, fails for good, or the limits are reached; rejects with what the last attempt ended
 * with. Rests between attempts grow exponentially with full jitter (Brooker, "Exponential Backoff And Jitter", 2015), and are
 * at least what the server asks for.
 */
export async function inAttempts<T>(
  limits: AttemptLimits,
  closed: AbortSignal,
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  // A timer of its own that is taken back: those of `AbortSignal.timeout` would pile up behind thousands of quick operations.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), limits.totalMs);
  const whole = AbortSignal.any([closed, late.signal]);
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await attemptOnce(limits.idleMs, whole, work);
      } catch (error) {
        closed.throwIfAborted();
        if (whole.aborted || attempt >= limits.attemptsMax || !isPassing(error)) throw error;
        await pause(restOf(error, attempt, limits), undefined, { signal: whole }).catch(() => undefined); // an abort only ends the rest
        closed.throwIfAborted();
        if (whole.aborted) throw error;
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

async function attemptOnce<T>(idleMs: number, whole: AbortSignal, work: (attempt: Attempt) => Promise<T>): Promise<T> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new StalledAttempt(`no progress in ${idleMs} ms`)), idleMs);
  try {
    return await work({ signal: AbortSignal.any([whole, stalled.signal]), progress: () => timer.refresh() });
  } catch (error) {
    // The client rejects with an error of its own when it is aborted.
    if (stalled.signal.aborted) throw stalled.signal.reason;
    throw whole.aborted ? new StalledAttempt('the operation took too long', { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
}

function restOf(error: unknown, attempt: number, { restMs }: AttemptLimits): number {
  const factor = isSlowDown(error) ? slowDownFactor : 1;
  const rest = Math.random() * Math.min(restMaxMs, restMs * factor * 2 ** (attempt - 1));
  return Math.max(rest, Math.min(restMaxMs, failureOf(error).retryAfterMs ?? 0));
}
