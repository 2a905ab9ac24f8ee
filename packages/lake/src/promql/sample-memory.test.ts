import { describe, expect, it } from 'vitest';
import { createSampleMemory } from './sample-memory.ts';

describe('memory for samples', () => {
  it('lends each number to one only, until it starts again', () => {
    const memory = createSampleMemory(100);
    const [one, two] = [memory.lend(40), memory.lend(60)];
    one.fill(1);
    two.fill(2);
    expect(one.every((value) => value === 1)).toBe(true);
    expect(two.buffer).toBe(one.buffer);
    memory.startAgain();
    const again = memory.lend(100);
    expect(again.buffer).toBe(one.buffer);
    expect(again.subarray(40)).toEqual(two);
  });

  it('has other memory for what does not fit', () => {
    const memory = createSampleMemory(100);
    const one = memory.lend(90).fill(1);
    const large = memory.lend(11).fill(2);
    expect(large).toHaveLength(11);
    expect(one.every((value) => value === 1)).toBe(true);
    expect(memory.lend(10).buffer).toBe(one.buffer);
  });

  it('takes back what was lent after it was told to keep, and keeps the rest', () => {
    const memory = createSampleMemory(100);
    const kept = memory.lend(30).fill(1);
    memory.keep();
    const first = memory.lend(50).fill(2);
    memory.takeBack();
    const second = memory.lend(50).fill(3);
    expect(first).toEqual(second);
    expect(kept.every((value) => value === 1)).toBe(true);
    memory.startAgain();
    expect(memory.lend(1)[0]).toBe(1);
    memory.takeBack();
    memory.lend(1).fill(4);
    expect(kept[0]).toBe(4);
  });
});
