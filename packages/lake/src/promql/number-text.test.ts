import { describe, expect, it } from 'vitest';
import { plainDecimalOf, sampleText } from './number-text.ts';

describe('a number', () => {
  it.each([
    [0, '0', '0'],
    [-0, '-0', '-0'],
    [1.5, '1.5', '1.5'],
    [1e21, '1e+21', '1000000000000000000000'],
    [-1.25e22, '-1.25e+22', '-12500000000000000000000'],
    [1.7e308, '1.7e+308', `17${'0'.repeat(307)}`],
    [5e-7, '5e-07', '0.0000005'],
    [-1.25e-10, '-1.25e-10', '-0.000000000125'],
    [1e-6, '0.000001', '0.000001'],
    [Infinity, '+Inf', '+Inf'],
    [-Infinity, '-Inf', '-Inf'],
    [Number.NaN, 'NaN', 'NaN'],
  ])('%d is written as Go writes it', (value, asSample, asLabel) => {
    expect([sampleText(value), plainDecimalOf(value)]).toEqual([asSample, asLabel]);
  });
});
