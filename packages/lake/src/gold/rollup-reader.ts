import type { SeriesId, TenantId } from '@heliosiq/model';
import type { RollupQuestion, RollupStore, TimeRange } from '@heliosiq/ports';
import type { DayQuality } from './data-quality.ts';
import { rolledDays } from './day-rollup.ts';
import type { RollupBucket } from './rollup.ts';
import { readableContent } from './rollup-page.ts';

/** What the rollups of one resolution tell of a series. */
export interface SeriesRollup {
  /** First moments of the days that were rolled up; what they have no bucket for has no samples. */
  readonly days: ReadonlySet<number>;
  /** Stretches of time of the pages that there are; a day in one of them that was not rolled up has no samples, or new ones. */
  readonly pages: readonly TimeRange[];
  /** Ascending; those that begin within the range. */
  readonly buckets: readonly RollupBucket[];
  /** Of rollups by day; those that begin within the range. */
  readonly quality: readonly DayQuality[];
}

/** The rollups of some series within a range; series without any are absent. `numbersOnly` leaves sketches and facts out. */
export async function readRollups(
  rollups: RollupStore,
  tenantId: TenantId,
  question: RollupQuestion & { readonly numbersOnly?: boolean; readonly signal?: AbortSignal | undefined },
): Promise<ReadonlyMap<SeriesId, SeriesRollup>> {
  const { signal, numbersOnly, ...asked } = question;
  const pages = await rollups.read(tenantId, asked, signal === undefined ? {} : { signal });
  const { from, to } = question.range;
  const isWithin = (at: number): boolean => at >= from && at < to;
  const found = new Map<SeriesId, SeriesRollup>();
  for (const [seriesId, ofSeries] of Map.groupBy(pages, (page) => page.seriesId)) {
    // A damaged page counts as one that is not there: the samples, or other rollups, answer for it.
    const readable = ofSeries.flatMap((page) => {
      const content = readableContent(page.bytes, page, { numbersOnly });
      return content === undefined ? [] : [{ page, ...content }];
    });
    found.set(seriesId, {
      days: new Set(readable.flatMap(({ page }) => rolledDays(page))),
      pages: readable.map(({ page: { startAt, endAt } }) => ({ from: startAt, to: endAt })),
      buckets: readable.flatMap(({ buckets }) => buckets.filter(({ at }) => isWithin(at))),
      quality: readable.flatMap(({ quality }) => quality.filter(({ dayAt }) => isWithin(dayAt))),
    });
  }
  return found;
}
