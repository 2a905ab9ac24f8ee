import type { RollupResolution } from '@heliosiq/ports';
import { dataQuality, type DayQuality } from './data-quality.ts';
import { rollUp, rollUpBuckets, type RollupBucket, type RollupSamples } from './rollup.ts';
import { encodeRollupPage, pageRange, readableContent, type RollupPageContent } from './rollup-page.ts';

/** What one day of a series rolls up to. */
export interface DayRollup {
  /** The day's first moment (UTC), milliseconds since the epoch. */
  readonly dayAt: number;
  readonly buckets: Readonly<Record<RollupResolution, readonly RollupBucket[]>>;
  /** Absent when the day has no samples. */
  readonly quality: DayQuality | undefined;
}

/** A page of which one day is to be renewed: as it was, or nothing where there was none. */
export interface PageBefore {
  readonly days: number;
  readonly bytes: Uint8Array;
}

/** A page as it is after that. */
export interface PageAfter {
  readonly startAt: number;
  readonly endAt: number;
  readonly days: number;
  readonly samples: number;
  readonly bytes: Uint8Array;
  /** Where the bytes of the page before were damaged: the other days that it held, by their first moments. */
  readonly lostDays?: readonly number[];
}

const dayMs = 86_400_000;

/** The first moment of the day (UTC) in which a time lies. */
export function dayOf(at: number): number {
  return Math.floor(at / dayMs) * dayMs;
}

/** Rolls up the samples of one day; there may be none. */
export function rollUpDay(dayAt: number, samples: RollupSamples): DayRollup {
  const hour = rollUp(samples, 'hour');
  const buckets = { minute: rollUp(samples, 'minute'), hour, day: rollUpBuckets(hour, 'day') };
  return { dayAt, buckets, quality: dataQuality(samples)[0] };
}

/**
 * The page of a resolution with this day in place of what it held of the day before. A function of nothing else. Undefined
 * where the day had more samples before: stores forget samples, and nothing else makes them fewer, so that the page knows
 * more than the samples that are left.
 */
export function renewPage(
  before: PageBefore | undefined,
  { dayAt, buckets, quality }: DayRollup,
  resolution: RollupResolution,
): PageAfter | undefined {
  const { from: startAt, to: endAt } = pageRange(resolution, dayAt);
  const place = { resolution, startAt };
  // Of a damaged page nothing is left: its other days count as not rolled up.
  const readable = before && readableContent(before.bytes, place);
  const old: RollupPageContent = readable ?? { buckets: [], quality: [] };
  const isBefore = (at: number): boolean => at < dayAt;
  const isAfter = (at: number): boolean => at >= dayAt + dayMs;
  const replaced = old.buckets.filter(({ at }) => !isBefore(at) && !isAfter(at));
  if (countOf(replaced) > (quality?.samples ?? 0)) return undefined;
  const content = {
    buckets: [
      ...old.buckets.filter(({ at }) => isBefore(at)),
      ...buckets[resolution],
      ...old.buckets.filter(({ at }) => isAfter(at)),
    ],
    quality:
      resolution !== 'day'
        ? []
        : [
            ...old.quality.filter(({ dayAt: at }) => isBefore(at)),
            ...(quality === undefined ? [] : [quality]),
            ...old.quality.filter(({ dayAt: at }) => isAfter(at)),
          ],
  };
  const [known, day] = [before?.days ?? 0, 1 << ((dayAt - startAt) / dayMs)];
  return {
    startAt,
    endAt,
    days: (readable === undefined ? 0 : known) | day,
    samples: countOf(content.buckets),
    bytes: encodeRollupPage(content, place),
    ...(before !== undefined && readable === undefined && { lostDays: rolledDays({ startAt, days: known & ~day }) }),
  };
}

function countOf(buckets: readonly RollupBucket[]): number {
  return buckets.reduce((sum, { count }) => sum + count, 0);
}

/** The days of a page that were rolled up, by their first moments. */
export function rolledDays({ startAt, days }: { readonly startAt: number; readonly days: number }): number[] {
  return Array.from({ length: 31 }, (_, day) => day)
    .filter((day) => (days >>> day) % 2 === 1)
    .map((day) => startAt + day * dayMs);
}
