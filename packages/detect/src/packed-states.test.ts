import { describe, expect, it } from 'vitest';
import { createPackedStates, keptBytes } from './packed-states.ts';

const bytesOf = (seed: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (seed * 31 + index * 7) % 256);

describe('packed states', () => {
  it('are what was kept, whatever else is kept and freed around them', () => {
    const states = createPackedStates();
    const kept = new Map<number, { readonly place: number; readonly length: number }>();
    for (let round = 0; round < 5000; round += 1) {
      const seed = (round * 7919) % 400;
      const before = kept.get(seed);
      if (before !== undefined) {
        expect(states.at(before.place, before.length)).toEqual(bytesOf(seed, before.length));
        states.free(before.place, before.length);
        kept.delete(seed);
      }
      const length = (round * 104_729) % 700;
      if (round % 3 !== 0) kept.set(seed, { place: states.keep(bytesOf(seed, length)), length });
    }
    expect(kept.size).toBeGreaterThan(100);
    for (const [seed, { place, length }] of kept) expect(states.at(place, length)).toEqual(bytesOf(seed, length));
  });

  it('take the place that one of their size gave up, and more than a piece holds where they are large', () => {
    const states = createPackedStates();
    const first = states.keep(bytesOf(1, 100));
    const second = states.keep(bytesOf(2, 100));
    states.free(first, 100);
    expect(states.keep(bytesOf(3, 110))).toBe(first);
    expect(states.at(second, 100)).toEqual(bytesOf(2, 100));
    const large = states.keep(bytesOf(4, 40_000));
    expect(states.at(large, 40_000)).toEqual(bytesOf(4, 40_000));
  });

  it('share memory of which none is left once all are freed', () => {
    const states = createPackedStates();
    const places = Array.from({ length: 1000 }, (_, index) => states.keep(bytesOf(index, 60)));
    const pieces = new Set(places.map((place) => states.at(place, 60).buffer));
    expect(pieces.size).toBe(Math.ceil((1000 * keptBytes(60)) / 16_384));
    for (const place of places) states.free(place, 60);
    for (const place of places) expect(() => states.at(place, 60)).toThrow('nothing is kept');
    expect(pieces.has(states.at(states.keep(bytesOf(1, 60)), 60).buffer)).toBe(false);
  });
});
