/** Decides, without a database, which pages of a group to put together and when to move them to blocks. */

/** A page without its bytes. */
export interface PageFacts {
  readonly id: number;
  readonly samples: number;
  readonly series: number;
  /** When its oldest samples were written; milliseconds since the epoch. */
  readonly writtenAt: number;
}

export interface MergeChoice {
  /** `merge`: one page in their place; `seal`: move them to blocks. */
  readonly kind: 'merge' | 'seal';
  /** Neighbours in the order of their numbers; those to be sealed are the first ones. */
  readonly pages: readonly PageFacts[];
}

/** Pages of about one size that are put together, and so the most that a reader meets of one size, about. */
export const mergePagesMin = 16;
/** Pages of mixed sizes that are put together because a reader would meet too many. */
const mixedPagesMin = 64;
/** Samples of a series that make a long frame: with so many on average a group is sealed. */
export const sealSeriesSamples = 1000;
/** A group of more samples is sealed, however many series they are of. */
export const sealSamplesMin = 1_000_000;
/** Samples that are worked on at once: a bound of memory, 16 bytes each and their packed form. */
const workSamplesMax = 1_500_000;
/** Samples of a page that was put together. */
const pageSamplesMax = 500_000;
/** Samples that have waited for so long are sealed, however few they are. */
export const sealAgeMs = 6 * 3_600_000;

/**
 * What to do with the pages of a group, given in the order of their numbers; undefined when they may stay as they are. Pages that
 * are put together are always the last ones of a size and below, so that no page comes to lie before one that it came after.
 */
export function chooseMerge(
  pages: readonly PageFacts[],
  { now, sealAfterMs = sealAgeMs }: { readonly now: number; readonly sealAfterMs?: number },
): MergeChoice | undefined {
  if (pages.length === 0) return undefined;
  const samples = pages.reduce((sum, page) => sum + page.samples, 0);
  const series = pages.reduce((most, page) => Math.max(most, page.series), 1);
  const oldest = pages.reduce((least, { writtenAt }) => Math.min(least, writtenAt), Infinity);
  // Written in the future means that a clock was wrong, and nothing about their age.
  const isDue = oldest <= now - sealAfterMs || oldest > now + sealAfterMs;
  if (isDue || samples >= sealSamplesMin || samples >= series * sealSeriesSamples) {
    return { kind: 'seal', pages: firstPages(pages) };
  }
  for (let size = 0; size <= largestSize; size += 1) {
    const start = pages.findLastIndex((page) => sizeOf(page) > size) + 1;
    const last = withinSamples(pages.slice(start));
    const own = last.reduce((count, page) => count + (sizeOf(page) === size ? 1 : 0), 0);
    // Smaller ones go along; alone they would have larger ones written again and again.
    if (own >= mergePagesMin || last.length >= mixedPagesMin) return { kind: 'merge', pages: last };
  }
  return undefined;
}

/** Sizes grow by factors of 16. */
function sizeOf({ samples }: PageFacts): number {
  return Math.floor(Math.log2(Math.max(1, samples)) / 4);
}

const largestSize = 5;

function firstPages(pages: readonly PageFacts[]): readonly PageFacts[] {
  let samples = 0;
  const end = pages.findIndex((page) => (samples += page.samples) > workSamplesMax);
  return end === -1 ? pages : pages.slice(0, Math.max(1, end));
}

/** The last pages with at most so many samples in all. */
function withinSamples(pages: readonly PageFacts[]): readonly PageFacts[] {
  let samples = 0;
  const start = pages.findLastIndex((page) => (samples += page.samples) > pageSamplesMax) + 1;
  return pages.slice(start);
}
