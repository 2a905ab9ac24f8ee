import { STEP_MS, createNormal } from './random-series.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** What is special about some days. */
export interface WorkingWeeksOptions {
  readonly seed: number;
  readonly weeks: number;
  /** Monday, 00:00 UTC. */
  readonly startMs: number;
  /** Days (0 = the first) on which the job of 06:00 does not run. */
  readonly withoutJob?: readonly number[];
  /** Days on which nobody works. */
  readonly holidays?: readonly number[];
}

/**
 * Five-minute load of an office: busy from eight to six on weekdays, quiet at nights and weekends, and a job of a quarter of an hour
 * every day at 06:00. The same seed gives the same weeks.
 */
export function workingWeeks({ seed, weeks, startMs, withoutJob = [], holidays = [] }: WorkingWeeksOptions): {
  readonly times: Float64Array;
  readonly values: Float64Array;
} {
  const normal = createNormal(seed);
  const samples = (weeks * 7 * dayMs) / STEP_MS;
  const times = Float64Array.from({ length: samples }, (_, index) => startMs + index * STEP_MS);
  const values = times.map((at) => {
    const day = Math.floor((at - startMs) / dayMs);
    const hour = ((at - startMs) % dayMs) / hourMs;
    const works = day % 7 < 5 && !holidays.includes(day);
    const busy = works ? Math.max(0, Math.sin((Math.PI * (hour - 8)) / 10)) * (hour > 8 && hour < 18 ? 1 : 0) : 0;
    const job = hour >= 6 && hour < 6.25 && !withoutJob.includes(day) ? 60 : 0;
    return 20 + 50 * busy + job + 1.5 * normal();
  });
  return { times, values };
}
