import type { RollupSamples } from './rollup.ts';

/** What can be told of one day of a series from its stored samples. Times in milliseconds since the epoch. */
export interface DayQuality {
  /** The day's first moment (UTC). */
  readonly dayAt: number;
  readonly samples: number;
  /** Samples that are NaN or infinite. */
  readonly notFinite: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The median time from a sample to the next; 0 with fewer than two samples. */
  readonly intervalMs: number;
  /** Pauses of more than twice the interval within the day. */
  readonly gaps: number;
  readonly longestGapMs: number;
  /** How much longer these pauses were than the interval, together. */
  readonly missingMs: number;
}

const dayMs = 86_400_000;
const gapIntervals = 2;

/** The facts of each day that has samples, ascending. The same samples give the same facts. */
export function dataQuality({ times, values }: RollupSamples): DayQuality[] {
  const days: DayQuality[] = [];
  for (let from = 0; from < times.length;) {
    const dayAt = Math.floor((times[from] ?? 0) / dayMs) * dayMs;
    let to = from;
    let notFinite = 0;
    while (to < times.length && (times[to] ?? Infinity) < dayAt + dayMs) {
      if (!Number.isFinite(values[to])) notFinite += 1;
      to += 1;
    }
    const pauses = new Float64Array(to - from - 1);
    for (let index = 0; index < pauses.length; index += 1) {
      pauses[index] = (times[from + index + 1] ?? 0) - (times[from + index] ?? 0);
    }
    const span = { firstAt: times[from] ?? 0, lastAt: times[to - 1] ?? 0 };
    days.push({ dayAt, samples: to - from, notFinite, ...span, ...gapsOf(pauses) });
    from = to;
  }
  return days;
}

function gapsOf(pauses: Float64Array): Pick<DayQuality, 'intervalMs' | 'gaps' | 'longestGapMs' | 'missingMs'> {
  // Most series are regular.
  if (pauses.every((pauseMs) => pauseMs === pauses[0])) {
    return { intervalMs: pauses[0] ?? 0, gaps: 0, longestGapMs: 0, missingMs: 0 };
  }
  const sorted = pauses.toSorted();
  const intervalMs = sorted[sorted.length >>> 1] ?? 0;
  let [gaps, longestGapMs, missingMs] = [0, 0, 0];
  for (let index = sorted.length - 1; index >= 0; index -= 1) {
    const pauseMs = sorted[index] ?? 0;
    if (pauseMs <= gapIntervals * intervalMs) break;
    gaps += 1;
    longestGapMs = Math.max(longestGapMs, pauseMs);
    missingMs += pauseMs - intervalMs;
  }
  return { intervalMs, gaps, longestGapMs, missingMs };
}
