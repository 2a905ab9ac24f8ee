import type { SampleWindows } from './sample-windows.ts';

/** Of each window, where its first sample stands, and the one behind its last. */
export interface WindowBounds {
  readonly lows: Int32Array;
  readonly highs: Int32Array;
}

/** Numbers that are kept for the next series, which most often has as many windows. */
const keptMax = 65_536;
let kept = new Int32Array(0);

/** The samples of all windows, by the times of the samples in ascending order; valid until it is asked for others. */
export function windowBounds(times: Float64Array, { ends, rangeMs }: SampleWindows): WindowBounds {
  const { startMs, stepMs, count } = ends;
  const stepsInside = rangeMs / stepMs;
  if (Number.isInteger(stepsInside) && stepsInside <= count) {
    // A window begins where one of some steps ago has ended.
    const all = roomFor(count + stepsInside);
    countUpTo(times, { startMs: startMs - rangeMs, stepMs }, all);
    return { lows: all.subarray(0, count), highs: all.subarray(stepsInside) };
  }
  const all = roomFor(2 * count);
  const [lows, highs] = [all.subarray(0, count), all.subarray(count)];
  countUpTo(times, { startMs: startMs - rangeMs, stepMs }, lows);
  countUpTo(times, { startMs, stepMs }, highs);
  return { lows, highs };
}

function roomFor(numbers: number): Int32Array {
  if (kept.length === numbers) return kept;
  const room = new Int32Array(numbers);
  if (numbers <= keptMax) kept = room;
  return room;
}

/** For each moment, how many of the times are not after it. */
function countUpTo(
  times: Float64Array,
  { startMs, stepMs }: { readonly startMs: number; readonly stepMs: number },
  counts: Int32Array,
): void {
  let count = 0;
  let more = 0;
  for (let step = 0; step < counts.length; step += 1) {
    const moment = startMs + step * stepMs;
    const before = count;
    // Where samples come regularly, as many have come as in the step before.
    const guess = count + more;
    if (guess > 0 && guess < times.length && isBetween(moment, times[guess - 1], times[guess])) count = guess;
    else while (count < times.length && (times[count] ?? 0) <= moment) count += 1;
    more = count - before;
    counts[step] = count;
  }
}

function isBetween(moment: number, before: number | undefined, after: number | undefined): boolean {
  return (before ?? 0) <= moment && (after ?? 0) > moment;
}
