import type { SampleBlock } from '@heliosiq/model';

/** Samples of one series: strictly ascending times in milliseconds since the epoch, as many values. */
export interface SampleRun {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** The run without samples. */
export const emptyRun: SampleRun = { times: new Float64Array(), values: new Float64Array() };

/** One run of the blocks of one series, which may share their memory; where a timestamp repeats, the last value stays. */
export function runOfBlocks(blocks: readonly SampleBlock[]): SampleRun {
  const [first] = blocks;
  if (blocks.length === 1 && first !== undefined) return runOfBlock(first);
  const count = blocks.reduce((sum, block) => sum + block.times.length, 0);
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  let end = 0;
  for (const block of blocks) {
    times.set(block.times, end);
    values.set(block.values, end);
    end += block.times.length;
  }
  return isAscending(times) ? { times, values } : sorted(times, values);
}

function runOfBlock({ times, values }: SampleBlock): SampleRun {
  const run = {
    times: times instanceof Float64Array ? times : Float64Array.from(times),
    values: values instanceof Float64Array ? values : Float64Array.from(values),
  };
  return isAscending(run.times) ? run : sorted(run.times, run.values);
}

/** Both runs in one; where a timestamp is in both, the newer value stays. */
export function mergeRuns(older: SampleRun, newer: SampleRun): SampleRun {
  if (older.times.length === 0) return newer;
  if (newer.times.length === 0) return older;
  const times = new Float64Array(older.times.length + newer.times.length);
  const values = new Float64Array(times.length);
  let [left, right, end] = [0, 0, 0];
  while (left < older.times.length || right < newer.times.length) {
    const leftAt = older.times[left] ?? Infinity;
    const rightAt = newer.times[right] ?? Infinity;
    const takesNewer = rightAt <= leftAt;
    times[end] = takesNewer ? rightAt : leftAt;
    values[end] = (takesNewer ? newer.values[right] : older.values[left]) ?? 0;
    if (leftAt <= rightAt) left += 1;
    if (takesNewer) right += 1;
    end += 1;
  }
  return end === times.length ? { times, values } : { times: times.slice(0, end), values: values.slice(0, end) };
}

/** All runs in one; where a timestamp is in several, the value of the last of them stays. */
export function overlayRuns(runs: readonly SampleRun[]): SampleRun {
  let following: SampleRun[] = [];
  let lastAt = -Infinity;
  for (const run of runs) {
    if (run.times.length === 0) continue;
    if ((run.times[0] ?? 0) > lastAt) {
      following.push(run);
      lastAt = run.times[run.times.length - 1] ?? 0;
    } else {
      const merged = mergeRuns(joinRuns(following), run);
      following = [merged];
      lastAt = merged.times[merged.times.length - 1] ?? 0;
    }
  }
  return joinRuns(following);
}

/** Runs that follow each other in time, joined without a look at their times. */
export function joinRuns(runs: readonly SampleRun[]): SampleRun {
  const [first] = runs;
  if (first === undefined) return emptyRun;
  if (runs.length === 1) return first;
  const count = runs.reduce((sum, run) => sum + run.times.length, 0);
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  let end = 0;
  for (const run of runs) {
    times.set(run.times, end);
    values.set(run.values, end);
    end += run.times.length;
  }
  return { times, values };
}

/** The samples from an index (inclusive) to another (exclusive), as views of the same memory. */
export function sliceRun(run: SampleRun, start: number, end: number): SampleRun {
  if (start === 0 && end === run.times.length) return run;
  return { times: run.times.subarray(start, end), values: run.values.subarray(start, end) };
}

/** The samples with `from <= time < to`, as views of the same memory. */
export function runWithin(run: SampleRun, from: number, to: number): SampleRun {
  const start = lowerBound(run.times, from);
  return sliceRun(run, start, Math.max(start, lowerBound(run.times, to)));
}

/** Index of the first time that is not below `at`; the length when there is none. */
function lowerBound(times: Float64Array, at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isAscending(times: Float64Array): boolean {
  for (let index = 1; index < times.length; index += 1) {
    if ((times[index] ?? 0) <= (times[index - 1] ?? 0)) return false;
  }
  return true;
}

function sorted(times: Float64Array, values: Float64Array): SampleRun {
  // The sort is stable, so of equal times the last one given comes last and stays.
  const order = Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  const sortedTimes = new Float64Array(times.length);
  const sortedValues = new Float64Array(times.length);
  let end = 0;
  for (const index of order) {
    const at = times[index] ?? 0;
    if (end > 0 && sortedTimes[end - 1] === at) end -= 1;
    sortedTimes[end] = at;
    sortedValues[end] = values[index] ?? 0;
    end += 1;
  }
  return { times: sortedTimes.slice(0, end), values: sortedValues.slice(0, end) };
}
