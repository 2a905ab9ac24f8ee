import { expect, test } from 'vitest';
import { createWakefulness } from './wakefulness.ts';

const startMs = Date.UTC(2026, 0, 5);
const everyMs = 15_000;

test('looking begins with the assignment and goes on while ticks come', () => {
  let now = startMs;
  const wakefulness = createWakefulness(() => now, everyMs);
  wakefulness.assigned([0, 2]);
  for (let tick = 0; tick < 10; tick += 1) {
    now += everyMs;
    expect(wakefulness.tick()).toBe(now);
  }
  expect([...wakefulness.since()]).toEqual([
    [0, startMs],
    [2, startMs],
  ]);
  wakefulness.left(0);
  expect([...wakefulness.since().keys()]).toEqual([2]);
});

test('after a break, and when the clock is set forth or back, looking begins anew', () => {
  let now = startMs;
  const wakefulness = createWakefulness(() => now, everyMs);
  wakefulness.assigned([1]);
  for (const jumpMs of [5 * everyMs, 86_400_000, -3_600_000]) {
    now += jumpMs;
    wakefulness.tick();
    expect(wakefulness.since().get(1)).toBe(now);
  }
});
