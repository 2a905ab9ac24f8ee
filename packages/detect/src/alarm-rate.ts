/** The step that scores refer to. */
const REFERENCE_STEP_MS = 300_000;

/** A step counts as this many decades away from the reference at most. */
const DECADES_MAX = 2;

/**
 * Decades between a series' step and five minutes. One sample in a thousand is every three days at five minutes, but
 * seventeen hours at a minute and six weeks at an hour: surprises are shifted by a part of these decades, so that one
 * threshold means a like number of false alarms a week for any step.
 *
 * @param stepMs mean time between samples, in milliseconds; 0 while unknown
 */
export function decadesOfStep(stepMs: number): number {
  if (stepMs <= 0) return 0;
  return Math.max(-DECADES_MAX, Math.min(DECADES_MAX, Math.log10(stepMs / REFERENCE_STEP_MS)));
}
