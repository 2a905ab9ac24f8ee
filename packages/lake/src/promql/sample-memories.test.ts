import { describe, expect, it } from 'vitest';
import { createSampleMemories } from './sample-memories.ts';

describe('memory of one question after the other', () => {
  it('is shared and the same again once it was given back', () => {
    const memories = createSampleMemories(100);
    const first = memories.take();
    const lent = first.memories.map((one) => one.lend(300));
    expect(lent.every(({ buffer }) => buffer instanceof SharedArrayBuffer)).toBe(true);
    expect(lent[0]?.buffer).not.toBe(lent[1]?.buffer);
    first.giveBack();
    const second = memories.take();
    expect(second.memories).toBe(first.memories);
  });

  it("is nobody else's while a question has it", () => {
    const memories = createSampleMemories(100);
    const first = memories.take();
    const second = memories.take();
    expect(second.memories).not.toContain(first.memories[0]);
    expect(second.memories[0].lend(100).buffer).toBeInstanceOf(ArrayBuffer);
    second.giveBack();
    expect(memories.take().memories).not.toContain(first.memories[0]);
    first.giveBack();
    expect(memories.take().memories).toBe(first.memories);
  });
});
