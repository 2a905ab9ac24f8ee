/** The step that scores refer to. */
const REFERENCE_STEP_MS = 300_000;

/** Decades of surprise per decade of step, and the most that is added or taken away. */
const DECADES_PER_DECADE = 0.6;
const DECADES_MAX = 1.5;

/**
 * The surprise of a sample as that of a five-minute series: one in a thousand is every three days at five minutes, but
 * seventeen hours at a minute and six weeks at an hour. With this, one threshold means a like number of false alarms a
 * week for any step. The slope is less than one because neighbouring samples of a fast series depend on each other.
 *
 * @param stepMs mean time between samples, in milliseconds; 0 while unknown
 */
export function surpriseAtReferenceStep(surprise: number, stepMs: number): number {
  if (stepMs <= 0) return surprise;
  const shift = DECADES_PER_DECADE * Math.log10(stepMs / REFERENCE_STEP_MS);
  return Math.max(0, surprise + Math.max(-DECADES_MAX, Math.min(DECADES_MAX, shift)));
}
