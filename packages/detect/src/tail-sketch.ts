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

/** Position of a signed ratio on its side's bin axis: 0 to 1 below the first edge, one unit per half octave above it. */
export const tailPosition = (ratio: number): number => {
  const magnitude = Math.abs(ratio);
  return magnitude < 0.25 ? 4 * magnitude : Math.min(TAIL_BINS - 0.001, 5 + 2 * Math.log2(magnitude));
};

/** One signed ratio, with its position worked out once. */
export interface TailRatio {
  readonly ratio: number;
  readonly position: number;
}

/** Counts one signed ratio into the sketch that starts at `offset` of `counts`. */
export const addToTail = (counts: Uint16Array, offset: number, { ratio, position }: TailRatio): void => {
  const index = offset + (ratio < 0 ? TAIL_BINS : 0) + Math.floor(position);
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

/** Edges of the body of a sketch, as shares of one side's half, between which its tail is fitted. */
const BODY_SHARE = 0.3;
const TAIL_SHARE = 0.05;

/** The fitted tail counts for this many decades beyond its beginning at most. */
const FIT_DECADES_MAX = 6;

/** The magnitude at a position of the bin axis. */
const magnitudeAt = (position: number): number => (position < 1 ? position / 4 : 2 ** ((position - 5) / 2));

/**
 * How surprising a signed ratio is: -log10 of the two-sided tail probability.
 *
 * Half of the answer is the share of ratios counted beyond it. The other half is a Pareto tail fitted to the body of
 * the same side, which past anomalies cannot bend: a series that has gone wrong before may do so again.
 *
 * @param total number of ratios counted in this sketch so far
 */
export const tailSurprise = (
  counts: Uint16Array,
  sketch: { readonly offset: number; readonly total: number },
  { ratio, position }: TailRatio,
): number => {
  const { total } = sketch;
  const start = sketch.offset + (ratio < 0 ? TAIL_BINS : 0);
  const bin = Math.floor(position);
  let above = (counts[start + bin] ?? 0) * (bin + 1 - position);
  for (let i = TAIL_BINS - 1; i > bin; i--) above += counts[start + i] ?? 0;
  const counted =
    above > 0.5
      ? Math.max(0, -Math.log10((2 * above) / (total + 1)))
      : surpriseBeyondCounts(counts, start, { total, position });
  if (above >= (TAIL_SHARE * total) / 2) return counted;
  const fitted = fittedSurprise(counts, start, { total, magnitude: Math.abs(ratio) });
  return Number.isNaN(fitted) ? counted : (counted + fitted) / 2;
};

/** The surprise by a Pareto tail through two quantiles of one side; NaN for a side with too little mass. */
const fittedSurprise = (counts: Uint16Array, start: number, at: { total: number; magnitude: number }): number => {
  const tailMass = (TAIL_SHARE * at.total) / 2;
  const bodyMass = (BODY_SHARE * at.total) / 2;
  let above = 0;
  let tailFrom = Number.NaN;
  let bodyFrom = 0;
  for (let i = TAIL_BINS - 1; i >= 0; i--) {
    const count = counts[start + i] ?? 0;
    if (count === 0) continue;
    if (Number.isNaN(tailFrom) && above + count >= tailMass) tailFrom = magnitudeAt(i + 1 - (tailMass - above) / count);
    if (above + count >= bodyMass) {
      bodyFrom = magnitudeAt(i + 1 - (bodyMass - above) / count);
      break;
    }
    above += count;
  }
  const lengths = Math.log(at.magnitude / tailFrom) / Math.max(0.05, Math.log(tailFrom / Math.max(0.02, bodyFrom)));
  return -Math.log10(TAIL_SHARE) + Math.min(FIT_DECADES_MAX, lengths * Math.log10(BODY_SHARE / TAIL_SHARE));
};

/** The surprise beyond the largest magnitude counted: the counts' own tail, continued. */
const surpriseBeyondCounts = (counts: Uint16Array, start: number, at: { total: number; position: number }): number => {
  const { total, position } = at;
  let top = Math.floor(position);
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
      return magnitudeAt(i + 1 - (wanted - above) / count);
    }
    above += count;
  }
  return 0;
};
