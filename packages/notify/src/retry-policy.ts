/** When a message that could not be delivered is tried again, and when it is given up. */
export interface RetryPolicy {
  readonly attemptsMax: number;
  /** Age at which a message is given up, milliseconds. */
  readonly ageMsMax: number;
  readonly delayMsMin: number;
  readonly delayMsMax: number;
}

/** About 30 attempts over a day: after a second at first, once an hour in the end. */
export const retryDefaults: RetryPolicy = {
  attemptsMax: 40,
  ageMsMax: 24 * 3_600_000,
  delayMsMin: 1_000,
  delayMsMax: 3_600_000,
};

/**
 * Delay before the next attempt after `attempts` failed ones: doubled each time, of which half is random (`random` in
 * [0, 1)), so that messages that failed together do not come back together; never sooner than the receiver asked.
 */
export function retryDelayMs(
  attempts: number,
  policy: RetryPolicy,
  given: { readonly random: number; readonly retryAfterMs?: number | undefined },
): number {
  const doubled = Math.min(policy.delayMsMin * 2 ** Math.min(attempts - 1, 30), policy.delayMsMax);
  return Math.max(Math.round(doubled * (0.5 + given.random / 2)), given.retryAfterMs ?? 0);
}

/** Milliseconds of a Retry-After header (seconds or an HTTP date, RFC 9110 10.2.3), at most six hours. */
export function retryAfterMsOf(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (!Number.isFinite(waitMs) || waitMs < 0) return undefined;
  return Math.min(waitMs, 6 * 3_600_000);
}
