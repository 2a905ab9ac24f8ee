import { describe, expect, it } from 'vitest';
import { linePath, placeOf, spanAround } from './time-strip.ts';

const size = { width: 100, height: 24 };

describe('a strip of time', () => {
  it('shows more of the time before a fault than after it', () => {
    const span = spanAround({ from: 10_000_000, to: 12_000_000 });
    expect(10_000_000 - span.from).toBe(3_000_000);
    expect(span.to - 12_000_000).toBe(500_000);
  });

  it('puts the same moment at the same place whatever is drawn, and never outside the frame', () => {
    const span = { from: 0, to: 1000 };
    expect([-5, 0, 250, 1000, 9999].map((at) => placeOf(at, span, 100))).toEqual([0, 0, 25, 100, 100]);
  });

  it('draws the samples of its span from the least value to the largest', () => {
    const samples = { times: [-10, 0, 500, 1000, 2000], values: [99, 1, 3, 2, 99] };
    expect(linePath(samples, { from: 0, to: 1000 }, size)).toBe('M0.0 22.0L50.0 2.0L100.0 12.0');
  });

  it('draws a level line in the middle, and nothing of samples that tell nothing', () => {
    expect(linePath({ times: [0, 1000], values: [5, 5] }, { from: 0, to: 1000 }, size)).toBe('M0.0 12.0L100.0 12.0');
    expect(linePath({ times: [0, 10], values: [Number.NaN, 4] }, { from: 0, to: 1000 }, size)).toBe('');
  });
});
