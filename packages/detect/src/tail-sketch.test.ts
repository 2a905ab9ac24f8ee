import { describe, expect, test } from 'vitest';
import { type SeriesState, createSeriesState } from './series-state.ts';
import { axisPlace, refreshSketch, surpriseOf } from './tail-sketch.ts';
import { createNormal } from './testing/random-series.ts';

const MEMORY = 20_000;

/** A sketch that has counted magnitudes. */
function sketchOf(magnitudes: Iterable<number>, memorySamples = MEMORY): SeriesState {
  const state = createSeriesState();
  let count = 0;
  for (const magnitude of magnitudes) {
    surpriseOf(state, 0, magnitude);
    if (count++ % 24 === 0) refreshSketch(state, 0, memorySamples);
  }
  return state;
}

function* halfNormal(length: number, factor = 1): Generator<number> {
  const normal = createNormal(5);
  for (let i = 0; i < length; i++) yield factor * Math.abs(normal());
}

test('places of the axis are a quarter octave apart, and grow with the magnitude', () => {
  expect((axisPlace(8) - axisPlace(4)) / (1 << 21)).toBe(4);
  expect(axisPlace(1.6)).toBeGreaterThan(axisPlace(1.5));
});

describe.each([1e-9, 1, 1e12])('in units of %s', (unit) => {
  test('a magnitude that one in a hundred reaches is two decades', () => {
    const state = sketchOf(halfNormal(10_000, unit));
    const surprise = surpriseOf(state, 0, 2.576 * unit);
    expect(surprise).toBeGreaterThan(1.85);
    expect(surprise).toBeLessThan(2.15);
  });

  test('it says nothing to four fifths', () => {
    const state = sketchOf(halfNormal(10_000, unit));
    expect(surpriseOf(state, 0, 1.1 * unit)).toBe(0);
    expect(surpriseOf(state, 0, 1.5 * unit)).toBeGreaterThan(0.7);
  });

  test('beyond the largest magnitude surprise grows with the distance', () => {
    const state = sketchOf(halfNormal(1000, unit));
    const near = surpriseOf(state, 0, 6 * unit);
    const far = surpriseOf(state, 0, 60 * unit);
    expect(near).toBeGreaterThan(3);
    expect(far).toBeGreaterThan(near);
    expect(Number.isFinite(surpriseOf(state, 0, 1e30))).toBe(true);
  });
});

test('the bins move along with a quantity that grows or shrinks for good', () => {
  const grown = sketchOf([...halfNormal(3000, 1e-6), ...halfNormal(8000, 1e6)], 2000);
  expect(surpriseOf(grown, 0, 2.576e6)).toBeGreaterThan(1.6);
  expect(surpriseOf(grown, 0, 0.5e6)).toBe(0);
  const shrunk = sketchOf([...halfNormal(3000, 1e6), ...halfNormal(20_000, 1e-6)], 2000);
  expect(surpriseOf(shrunk, 0, 2.576e-6)).toBeGreaterThan(1.6);
});

test('zeros count as smaller than anything', () => {
  const rare = sketchOf(Array.from({ length: 3000 }, (_, i) => (i % 100 === 50 ? 4 : 0)));
  const surprise = surpriseOf(rare, 0, 4);
  expect(surprise).toBeGreaterThan(1.8);
  expect(surprise).toBeLessThan(2.6);
  expect(surpriseOf(rare, 0, 0)).toBe(0);
});
