import { lostInAddition } from './compensated-sum.ts';

/** The sum of the values from `low` to before `high`, compensated for rounding. */
export function compensatedSumOf(values: Float64Array, low: number, high: number): number {
  let [total, lost] = [0, 0];
  for (let index = low; index < high; index += 1) {
    const value = values[index] ?? 0;
    const next = total + value;
    lost = lostInAddition(total, value, lost);
    total = next;
  }
  return Number.isFinite(total) ? total + lost : total;
}

/** The mean: by the sum as long as that does not overflow, then by a running mean (Welford 1962), both compensated. */
export function meanOf(values: Float64Array, low: number, high: number): number {
  let [total, lost] = [values[low] ?? 0, 0];
  let isRunning = false;
  for (let index = low + 1; index < high; index += 1) {
    const value = values[index] ?? 0;
    const count = index - low + 1;
    if (!isRunning) {
      const next = total + value;
      if (next !== Infinity && next !== -Infinity) {
        lost = lostInAddition(total, value, lost);
        total = next;
        continue;
      }
      isRunning = true;
      total /= count - 1;
      lost /= count - 1;
    }
    const share = (count - 1) / count;
    const [scaled, part] = [total * share, value / count];
    lost = lostInAddition(scaled, part, lost * share);
    total = scaled + part;
  }
  if (isRunning) return total + lost;
  const count = high - low;
  return total / count + lost / count;
}

/** The variance of a population, by Welford's recurrence (1962), compensated. */
export function varianceOf(values: Float64Array, low: number, high: number): number {
  let [mean, meanLost, squares, squaresLost] = [0, 0, 0, 0];
  for (let index = low; index < high; index += 1) {
    const value = values[index] ?? 0;
    const delta = value - (mean + meanLost);
    const step = delta / (index - low + 1);
    meanLost = lostInAddition(mean, step, meanLost);
    mean += step;
    const square = delta * (value - (mean + meanLost));
    squaresLost = lostInAddition(squares, square, squaresLost);
    squares += square;
  }
  return (squares + squaresLost) / (high - low);
}

/** The quantile, between two values where it falls between them; NaN counts as the least. Sorts the values in place. */
export function quantileOf(values: Float64Array, quantile: number): number {
  if (values.length === 0 || Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return -Infinity;
  if (quantile > 1) return Infinity;
  values.sort();
  // The sort of typed arrays puts NaN last.
  let measured = values.length;
  while (measured > 0 && Number.isNaN(values[measured - 1])) measured -= 1;
  const nans = values.length - measured;
  const ranked = (index: number): number => (index < nans ? Number.NaN : (values[index - nans] ?? Number.NaN));
  const rank = quantile * (values.length - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - lower;
  return ranked(lower) * (1 - weight) + ranked(upper) * weight;
}
