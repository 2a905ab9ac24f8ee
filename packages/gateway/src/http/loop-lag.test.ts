import { expect, it } from 'vitest';
import { watchLoopLag } from './loop-lag.ts';

it('the lag of the event loop is what blocks it again and again, and is over when it runs again', async () => {
  const loop = watchLoopLag(20);
  const afterBlock = (): number => {
    const until = performance.now() + 400;
    while (performance.now() < until);
    return loop.lagMs();
  };
  try {
    await expect.poll(afterBlock, { interval: 1, timeout: 30_000 }).toBeGreaterThan(300);
    await expect.poll(() => loop.lagMs(), { timeout: 30_000 }).toBeLessThan(100);
  } finally {
    loop.stop();
  }
});
