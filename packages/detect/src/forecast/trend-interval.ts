/** How fast a series moves, with the interval in which nine of ten of its slopes lie. In its unit a millisecond. */
export interface TrendInterval {
  readonly slope: number;
  readonly slow: number;
  readonly fast: number;
  /** Share of pairs of points that move in the direction of the slope, in [0, 1]. */
  readonly steadiness: number;
}

/**
 * Slopes between all pairs of points that lie a third of the whole or more apart: their median (Theil, 1950; Sen, 1968) and the
 * quantiles at one and nine tenths. Undefined for fewer than twelve points.
 *
 * @param points equally spaced; NaN where one is missing
 * @param stepMs time between two points
 */
export function trendInterval(points: ArrayLike<number>, stepMs: number): TrendInterval | undefined {
  const known: number[] = [];
  for (let index = 0; index < points.length; index += 1) if (Number.isFinite(points[index])) known.push(index);
  const span = (known.at(-1) ?? 0) - (known[0] ?? 0);
  if (known.length < 12 || span < 12) return undefined;
  const apart = Math.ceil(span / 3);
  const slopes: number[] = [];
  for (const [place, from] of known.entries()) {
    for (let other = place + 1; other < known.length; other += 1) {
      const to = known[other] ?? 0;
      if (to - from >= apart) slopes.push(((points[to] ?? 0) - (points[from] ?? 0)) / ((to - from) * stepMs));
    }
  }
  slopes.sort((a, b) => a - b);
  const quantile = (share: number): number =>
    slopes[Math.min(slopes.length - 1, Math.floor(share * slopes.length))] ?? 0;
  const slope = quantile(0.5);
  const along = slopes.filter((one) => Math.sign(one) === Math.sign(slope)).length;
  const [low, high] = [quantile(0.1), quantile(0.9)];
  return {
    slope,
    slow: slope < 0 ? high : low,
    fast: slope < 0 ? low : high,
    steadiness: slope === 0 ? 0 : along / slopes.length,
  };
}
