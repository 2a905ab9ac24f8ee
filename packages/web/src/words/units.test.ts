import { describe, expect, it } from 'vitest';
import { quantity, scaleOf } from './units.ts';

describe('a value with its unit', () => {
  it.each([
    [1.0582, 's', '1.06 s'],
    [0.04479, 's', '44.8 ms'],
    [0.00436, 's', '4.36 ms'],
    [0.0000021, 's', '2.1 µs'],
    [95, 's', '95 s'],
    [600, 's', '10 min'],
    [0, 's', '0 s'],
    [85.65, '[degF]', '85.7 °F'],
    [99.61, '%', '99.6%'],
    [12, '{request}', '12 requests'],
    [7.105e-15, '{request}', '0 requests'],
    [3_400_000, 'By', '3.4 MB'],
    [41_234, undefined, '41,234'],
    [-0.25, '1', '-0.25'],
  ])('%d %s is %s', (value, unit, words) => {
    expect(quantity(value, unit)).toBe(words);
  });

  it('keeps one scale for a whole axis', () => {
    const scale = scaleOf('s', 1.2);
    expect([0, 0.5, 1].map((tick) => quantity(tick, 's', scale))).toEqual(['0 s', '0.5 s', '1 s']);
  });
});
