import { parseIsoTime } from '../wire-time.ts';

/** Bounds of what counts as seconds, milliseconds, microseconds and nanoseconds: 1973 to about 5138 in each. */
const secondsMin = 1e8;
const factors = [1e3, 1, 1e-3, 1e-6] as const;

/**
 * A moment as devices write it: ISO 8601 with a zone, or a number since 1970 whose size tells whether it counts
 * seconds, milliseconds, microseconds or nanoseconds. Milliseconds since the epoch; `NaN` for anything else.
 */
export function payloadTime(value: unknown): number {
  if (typeof value === 'string') {
    const moment = parseIsoTime(value.trim());
    if (typeof moment === 'number') return moment;
    return /^\d{9,19}(\.\d+)?$/.test(value.trim()) ? payloadTime(Number(value)) : Number.NaN;
  }
  if (typeof value !== 'number' || !(value >= secondsMin)) return Number.NaN;
  let unitMax = secondsMin * 1e3;
  for (const factor of factors) {
    if (value < unitMax) return Math.floor(value * factor);
    unitMax *= 1e3;
  }
  return Number.NaN;
}
