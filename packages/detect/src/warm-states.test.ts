import { describe, expect, it } from 'vitest';
import { createWarmStates } from './warm-states.ts';

describe('warm states', () => {
  it('have a place of its own for each state, and no more than allowed', () => {
    const states = createWarmStates(16, 130);
    const places = Array.from({ length: 130 }, () => states.take());
    for (const [index, place] of places.entries()) place?.fill(index % 251);
    expect(states.take()).toBeUndefined();
    expect(places.every((place, index) => place?.every((byte) => byte === index % 251))).toBe(true);
  });

  it('give a place that was freed to the next one that asks', () => {
    const states = createWarmStates(8, 2);
    const first = states.take();
    states.take();
    expect(states.take()).toBeUndefined();
    if (first !== undefined) states.giveBack(first);
    expect(states.take()).toHaveLength(8);
    expect(states.take()).toBeUndefined();
  });

  it('give memory back once no place of a piece is taken', () => {
    const states = createWarmStates(8, 64);
    const first = states.take();
    const buffer = first?.buffer;
    if (first !== undefined) states.giveBack(first);
    expect(states.take()?.buffer).not.toBe(buffer);
  });
});
