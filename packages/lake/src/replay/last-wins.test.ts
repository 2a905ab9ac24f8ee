import { describe, expect, it } from 'vitest';
import { compareSamples } from './compare-samples.ts';
import { lastWins } from './last-wins.ts';

const ordered = (rows: readonly (readonly [number, number])[]) =>
  lastWins(
    Float64Array.from(rows, ([at]) => at),
    Float64Array.from(rows, ([, value]) => value),
  );

describe('samples in the order in which they came', () => {
  it('are put in the order of time, the last value of each moment', () => {
    const { times, values } = ordered([
      [5, 1],
      [3, 2],
      [5, 3],
      [4, 4],
      [3, 5],
    ]);
    expect([...times]).toEqual([3, 4, 5]);
    expect([...values]).toEqual([5, 4, 3]);
  });

  it('stay as they are when they came in order', () => {
    const times = Float64Array.of(1, 2, 3);
    expect(lastWins(times, Float64Array.of(1, 2, 3)).times).toBe(times);
  });
});

describe('comparing samples', () => {
  it('tells missing, extra and different ones, by the bits of their values', () => {
    const rebuilt = ordered([
      [1, 1],
      [2, 0],
      [3, Number.NaN],
      [4, 4],
    ]);
    const stored = ordered([
      [2, -0],
      [3, Number.NaN],
      [4, 4],
      [5, 5],
    ]);
    expect(compareSamples(rebuilt, stored)).toEqual([
      { at: 1, rebuilt: 1, stored: undefined },
      { at: 2, rebuilt: 0, stored: -0 },
      { at: 5, rebuilt: undefined, stored: 5 },
    ]);
    expect(compareSamples(rebuilt, rebuilt)).toEqual([]);
  });
});
