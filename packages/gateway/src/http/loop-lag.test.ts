import { expect, it } from 'vitest';
import { watchLoopLag } from './loop-lag.ts';

it('the lag of the event loop is as long as something blocks it, and is over when it runs again', async () => {
  const loop = watchLoopLag(20);
  try {
    const until = performance.now() + 400;
    while (performance.now() < until);
    let seen = 0;
    await expect.poll(() => (seen = Math.max(seen, loop.lagMs())), { interval: 1 }).toBeGreaterThan(300);
    await expect.poll(() => loop.lagMs(), { timeout: 20_000 }).toBeLessThan(100);
  } finally {
    loop.stop();
  }
});
