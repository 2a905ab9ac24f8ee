import type { OrderedSamples } from './last-wins.ts';

/** A moment at which two runs of samples are not the same; undefined where there is no sample. */
export interface SampleMismatch {
  readonly at: number;
  readonly rebuilt: number | undefined;
  readonly stored: number | undefined;
}

/** Where two runs differ, in the order of time. Values are the same when their bits are; all NaN are the same. */
export function compareSamples(rebuilt: OrderedSamples, stored: OrderedSamples): SampleMismatch[] {
  const mismatches: SampleMismatch[] = [];
  let [left, right] = [0, 0];
  while (left < rebuilt.times.length || right < stored.times.length) {
    const leftAt = rebuilt.times[left] ?? Infinity;
    const rightAt = stored.times[right] ?? Infinity;
    const at = Math.min(leftAt, rightAt);
    const own = leftAt === at ? rebuilt.values[left] : undefined;
    const other = rightAt === at ? stored.values[right] : undefined;
    if (!Object.is(own, other)) mismatches.push({ at, rebuilt: own, stored: other });
    if (leftAt === at) left += 1;
    if (rightAt === at) right += 1;
  }
  return mismatches;
}
