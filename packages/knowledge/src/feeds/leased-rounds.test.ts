import { createMemoryLease } from '@heliosiq/adapters/memory/lease.ts';
import { describe, expect, it, vi } from 'vitest';
import { runLeasedRounds } from './leased-rounds.ts';

const patience = { timeout: 20_000, interval: 5 };

/** Two programs over one lease; what they did is told by name. */
function programs(isReleased: boolean) {
  const lease = createMemoryLease();
  const done: string[] = [];
  const start = (name: string) => {
    const stop = new AbortController();
    const rounds = { lease, name: 'work', leaseMs: 3_600_000, everyMs: 1, isReleased };
    const running = runLeasedRounds(
      rounds,
      async (round) => {
        done.push(`${name}${round}`);
        return undefined;
      },
      stop.signal,
    );
    return async () => {
      stop.abort();
      await running;
    };
  };
  return { done, start };
}

describe('rounds under a lease', () => {
  it('are made by one program, and by another as soon as that has stopped', async () => {
    const { done, start } = programs(false);
    const stopFirst = start('a');
    await vi.waitFor(() => expect(done.length).toBeGreaterThan(2), patience);
    const stopSecond = start('b');
    const before = done.length;
    await vi.waitFor(() => expect(done.length).toBeGreaterThan(before + 3), patience);
    expect(done.join()).not.toContain('b');
    expect(done.slice(0, 3)).toEqual(['a0', 'a1', 'a2']);
    await stopFirst();
    await vi.waitFor(() => expect(done).toContain('b0'), patience);
    await stopSecond();
  });

  it('are made by all where the lease is given back in between', async () => {
    const { done, start } = programs(true);
    const stops = [start('a'), start('b')];
    await vi.waitFor(() => expect(done).toEqual(expect.arrayContaining(['a1', 'b1'])), patience);
    await Promise.all(stops.map((stop) => stop()));
  });

  it('give the lease back when the work fails, and end with its reason', async () => {
    const lease = createMemoryLease();
    const rounds = { lease, name: 'work', leaseMs: 3_600_000, everyMs: 1, isReleased: true };
    const fallen = runLeasedRounds(rounds, () => Promise.reject(new Error('broken')), AbortSignal.timeout(60_000));
    await expect(fallen).rejects.toThrow('broken');
    expect(await lease.take('work', 'somebody', 1000)).toBe(true);
  });
});
