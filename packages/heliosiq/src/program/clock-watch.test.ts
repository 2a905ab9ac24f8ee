import { expect, test } from 'vitest';
import { createClockWatch } from './clock-watch.ts';

test('a clock that leaps ahead by years is seen, one that runs, is corrected or steps back is not', () => {
  let wall = Date.UTC(2026, 0, 1);
  let elapsed = 5;
  const watch = createClockWatch(
    () => wall,
    () => elapsed,
  );
  wall += 40 * 86_400_000;
  elapsed += 40 * 86_400_000;
  expect(watch.hasLeapt()).toBe(false);
  wall += 3_600_000;
  expect(watch.hasLeapt()).toBe(false);
  wall += 365 * 86_400_000;
  expect(watch.hasLeapt()).toBe(true);
  wall -= 800 * 86_400_000;
  expect(watch.hasLeapt()).toBe(false);
});
