import { expect, it } from 'vitest';
import { valueWords } from './value-words.ts';

it.each([
  [0, '0'],
  [1.23456, '1.235'],
  [0.000_123_4, '0.0001234'],
  [0.000_000_32, '3.20e-7'],
  [9999, '9,999'],
  [12_345, '12.35k'],
  [-4_500_000, '-4.5M'],
  [5_000_000_000, '5G'],
  [2e18, '2.00e18'],
])('%d is %s', (value, words) => {
  expect(valueWords(value)).toBe(words);
});
