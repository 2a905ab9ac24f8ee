import { performance } from 'node:perf_hooks';

/** Tells whether the wall clock has leapt ahead since the watch began: by what it says, everything would be old. */
export interface ClockWatch {
  hasLeapt(): boolean;
}

/** More than daylight saving, leap seconds and a corrected drift ever amount to. */
const leapMs = 86_400_000;

/** Compares the wall clock (`now`, milliseconds since the epoch) with one that only ever runs on, `elapsed` in milliseconds. */
export function createClockWatch(now: () => number, elapsed: () => number = () => performance.now()): ClockWatch {
  const wallAt = now();
  const elapsedAt = elapsed();
  return { hasLeapt: () => now() - wallAt - (elapsed() - elapsedAt) > leapMs };
}
