/** How series and time are cut: neighbouring series lie together in pages and blocks, and blocks end with the fortnight. */

/** Series of one group of pages, by their numbers. */
export const pageGroupSeries = 1024;
/** Series of one group of blocks: a quarter of a group of pages, so that fewer frames are looked through. */
export const blockGroupSeries = 256;

/** Groups of blocks in one of pages. */
export const blockGroupsPerPage = pageGroupSeries / blockGroupSeries;

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const weekMs = 7 * dayMs;
/** Weeks that one block may reach over. */
export const blockWeeks = 2;

/** The group of pages of a series' number. */
export function pageGroupOf(ref: number): number {
  return Math.floor(ref / pageGroupSeries);
}

/** The group of blocks of a series' number. */
export function blockGroupOf(ref: number): number {
  return Math.floor(ref / blockGroupSeries);
}

/**
 * The week whose number blocks of a moment bear: the first of a fortnight, in weeks since the epoch, which begin on Thursdays. Blocks
 * of older databases lie under the second week too.
 */
export function blockWeekOf(at: number): number {
  return Math.floor(at / (blockWeeks * weekMs)) * blockWeeks;
}
