/**
 * A bound of a range as a `bigint` parameter: whole milliseconds, and finite where a caller means "since ever".
 * Rounded up, which suits an inclusive start and an exclusive end of whole times alike.
 */
export function timeBound(at: number): number {
  return Math.ceil(Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, at)));
}
