import { describe, expect, it } from 'vitest';
import { withinTime } from './deadline.ts';

const late = (): Error => new Error('too late');
const never = new Promise<never>(() => undefined);

describe('a deadline', () => {
  it('gives what the work comes to, value or fault', async () => {
    expect(await withinTime(Promise.resolve(1), 60_000, late)).toBe(1);
    await expect(withinTime(Promise.reject(new Error('broken')), 60_000, late)).rejects.toThrow('broken');
  });

  it('gives up what takes too long', async () => {
    await expect(withinTime(never, 20, late)).rejects.toThrow('too late');
  });

  it('is not moved by work that fails after it was given up', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(withinTime(promise, 20, late)).rejects.toThrow('too late');
    reject(new Error('broken'));
    await expect(promise).rejects.toThrow('broken');
  });
});
