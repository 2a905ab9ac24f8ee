import { describe, expect, it } from 'vitest';
import { createNumberSet } from './number-set.ts';

describe('a set of numbers', () => {
  it('says once of each number that it is new', () => {
    const set = createNumberSet();
    const numbers = [0, 1, 31, 32, 32_767, 32_768, 100_000, 2 ** 31, 2 ** 32 + 5, 2 ** 53 - 1];
    for (const number of numbers) expect(set.add(number)).toBe(true);
    for (const number of numbers.toReversed()) expect(set.add(number)).toBe(false);
    expect(set.add(2)).toBe(true);
  });
});
