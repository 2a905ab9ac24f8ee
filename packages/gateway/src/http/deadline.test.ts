import { describe, expect, it } from 'vitest';
import { createDeadline } from './deadline.ts';

const late = (): Error => new Error('too late');
const never = new Promise<never>(() => undefined);

describe('a deadline', () => {
  it('gives what the work comes to, value or fault', async () => {
    const deadline = createDeadline(60_000);
    expect(await deadline.within(Promise.resolve(1), late)).toBe(1);
    await expect(deadline.within(Promise.reject(new Error('broken')), late)).rejects.toThrow('broken');
  });

  it('gives up what takes too long, one after the other, also after a time of rest', async () => {
    const deadline = createDeadline(40);
    const both = [deadline.within(never, late), deadline.within(never, late)];
    for (const one of both) await expect(one).rejects.toThrow('too late');
    expect(await deadline.within(Promise.resolve(2), late)).toBe(2);
    await expect(deadline.within(never, late)).rejects.toThrow('too late');
  });

  it('is not moved by work that fails after it was given up', async () => {
    const deadline = createDeadline(20);
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(deadline.within(promise, late)).rejects.toThrow('too late');
    reject(new Error('broken'));
    await expect(promise).rejects.toThrow('broken');
  });
});
