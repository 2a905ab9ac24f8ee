/**
 * What a sum has lost by rounding after a value was added to its total, from what it had lost before: Kahan's summation
 * in Neumaier's form (1974). The sum is the total and what was lost.
 */
export function lostInAddition(total: number, value: number, lost: number): number {
  const next = total + value;
  if (next === Infinity || next === -Infinity) return 0;
  return lost + (Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total);
}

/** A sum that does not lose small values beside large ones. */
export interface CompensatedSum {
  add(value: number): void;
  sum(): number;
}

export function createCompensatedSum(): CompensatedSum {
  let [total, lost] = [0, 0];
  return {
    add(value) {
      lost = lostInAddition(total, value, lost);
      total += value;
    },
    sum: () => total + lost,
  };
}
