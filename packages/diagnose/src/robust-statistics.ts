/** The finite values of `values`, ascending. */
export function sortedFinite(values: Float64Array): Float64Array {
  const finite = new Float64Array(values.length);
  let count = 0;
  for (const value of values) if (Number.isFinite(value)) finite[count++] = value;
  return finite.subarray(0, count).sort();
}

/** The `share` quantile (0..1) of ascending values by linear interpolation; NaN for none. */
export function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (high - low) * (position - below);
}

/** The middle of any values; NaN for none. */
export function median(values: Float64Array): number {
  return quantile(sortedFinite(values), 0.5);
}

/**
 * Spread in standard deviations, blind to a few outliers: the larger of the scaled median absolute deviation and the
 * scaled 10-90% range (the latter keeps a series that is usually constant from having no spread). Both assume nothing
 * but agree with the standard deviation on normal data.
 */
export function robustSpread(sorted: Float64Array): number {
  if (sorted.length < 2) return 0;
  const middle = quantile(sorted, 0.5);
  const absolute = sorted.map((value) => Math.abs(value - middle)).sort();
  return Math.max(1.4826 * quantile(absolute, 0.5), (quantile(sorted, 0.9) - quantile(sorted, 0.1)) / 2.563);
}
