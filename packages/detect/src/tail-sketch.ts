/**
 * A streaming picture of how large a quantity usually gets, on each side of zero, in a fixed number of small counters.
 *
 * Magnitudes are counted in half-octave bins of the ratio to their own typical size, so one layout fits any unit. The tail
 * probability of a new magnitude is read from the counts, and beyond the largest one seen it is continued along the
 * straight line (in log-log) that the observed tail follows, as in a Pareto tail.
 */

/** Bins per side: bin 0 is "below a quarter of the typical size", the others are half an octave wide (up to 2048 times). */
export const TAIL_BINS = 28;

/** Counters of one two-sided sketch. */
export const TAIL_SKETCH_LENGTH = 2 * TAIL_BINS;

/** Decades of probability lost per half octave beyond the largest magnitude seen: a Pareto index of 1.3 to 4. */
const SLOPE_MIN = 0.2;
const SLOPE_MAX = 0.6;

/** Position of a magnitude on the bin axis: 0 to 1 below the first edge, one unit per half octave above it. */
const binPosition = (magnitude: number): number =>
  magnitude < 0.25 ? 4 * magnitude : Math.min(TAIL_BINS - 0.001, 5 + 2 * Math.log2(magnitude));

/** Counts one signed ratio into the sketch that starts at `offset` of `counts`. */
export const addToTail = (counts: Uint16Array, offset: number, ratio: number): void => {
  const index = offset + (ratio < 0 ? TAIL_BINS : 0) + Math.floor(binPosition(Math.abs(ratio)));
  counts[index] = Math.min(65_535, (counts[index] ?? 0) + 1);
};

/** Halves every counter from `offset` over `length`, rounding up so that a rare extreme is remembered. */
export const halveCounts = (counts: Uint16Array, offset: number, length: number): number => {
  let total = 0;
  for (let i = offset; i < offset + length; i++) {
    const halved = ((counts[i] ?? 0) + 1) >> 1;
    counts[i] = halved;
    total += halved;
  }
  return total;
};

/**
 * How surprising a signed ratio is: -log10 of the two-sided tail probability.
 *
 * @param total number of ratios counted in this sketch so far
 */
export const tailSurprise = (counts: Uint16Array, offset: number, total: number, ratio: number): number => {
  const position = binPosition(Math.abs(ratio));
  const start = offset + (ratio < 0 ? TAIL_BINS : 0);
  const bin = Math.floor(position);
  let above = 0;
  for (let i = TAIL_BINS - 1; i > bin; i--) above += counts[start + i] ?? 0;
  above += (counts[start + bin] ?? 0) * (bin + 1 - position);
  if (above > 0.5) return Math.max(0, -Math.log10((2 * above) / (total + 1)));
  let top = bin;
  while (top > 0 && counts[start + top] === 0) top--;
  const atTop = Math.log10(total + 1);
  let body = top;
  let mass = 0;
  while (body > 0 && mass < 0.05 * total) mass += counts[start + body--] ?? 0;
  const slope = (atTop + Math.log10(Math.max(0.5, 2 * mass) / (total + 1))) / Math.max(1, top - body);
  return atTop + Math.min(SLOPE_MAX, Math.max(SLOPE_MIN, slope)) * Math.max(0, position - top - 0.5);
};

/** The ratio on one side beyond which a share `probability` of all counted ratios lies; 0 for an empty side. */
export const tailQuantile = (
  counts: Uint16Array,
  offset: number,
  side: { total: number; up: boolean; probability: number },
): number => {
  const start = offset + (side.up ? 0 : TAIL_BINS);
  const wanted = side.probability * side.total;
  let above = 0;
  for (let i = TAIL_BINS - 1; i >= 0; i--) {
    const count = counts[start + i] ?? 0;
    if (count > 0 && above + count >= wanted) {
      const position = i + 1 - (wanted - above) / count;
      return position < 1 ? position / 4 : 2 ** ((position - 5) / 2);
    }
    above += count;
  }
  return 0;
};
