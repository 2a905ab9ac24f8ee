/**
 * Counts scatter the more the larger they are. On this scale they scatter by about one, whatever their mean, and nearly
 * symmetrically, which is what models of series expect (F. J. Anscombe, Biometrika 35, 1948).
 */
export function scaledCount(count: number): number {
  return 2 * Math.sqrt(count + 3 / 8);
}

/** The count of a number on that scale, not below zero. */
export function countOfScaled(scaled: number): number {
  return Math.max(0, (Math.max(0, scaled) / 2) ** 2 - 3 / 8);
}
