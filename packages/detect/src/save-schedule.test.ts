import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSaveSchedule } from './save-schedule.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what has changed is saved once, some time after the first change', async () => {
  const save = vi.fn<() => Promise<number>>(() => Promise.resolve(1));
  const schedule = createSaveSchedule(100, save);
  schedule.changed();
  schedule.changed();
  await vi.advanceTimersByTimeAsync(99);
  expect(save).toHaveBeenCalledTimes(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(save).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(save).toHaveBeenCalledTimes(1);
  schedule.stop();
});

test('a change during a save is saved by the next one', async () => {
  const first = Promise.withResolvers<number>();
  const save = vi.fn<() => Promise<number>>(() => first.promise);
  const schedule = createSaveSchedule(100, save);
  schedule.changed();
  await vi.advanceTimersByTimeAsync(100);
  schedule.changed();
  await vi.advanceTimersByTimeAsync(1000);
  expect(save).toHaveBeenCalledTimes(1);
  first.resolve(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(save).toHaveBeenCalledTimes(2);
  schedule.stop();
});

test('long saves are rare while changes stream in, and come soon when they end', async () => {
  const startedAt: number[] = [];
  const schedule = createSaveSchedule(100, () => {
    startedAt.push(performance.now());
    const { promise, resolve } = Promise.withResolvers<number>();
    setTimeout(() => resolve(1000), 1000);
    return promise;
  });
  const begin = performance.now();
  for (let at = 0; at < 45_000; at += 50) {
    schedule.changed();
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(startedAt.length).toBeLessThanOrEqual(4);
  expect(startedAt.length).toBeGreaterThanOrEqual(2);
  const before = startedAt.length;
  await vi.advanceTimersByTimeAsync(1500);
  expect(startedAt.length).toBeGreaterThan(before);
  expect((startedAt.at(-1) ?? 0) - begin).toBeLessThan(46_600);
  schedule.stop();
});

test('a save that fails is told and the last one', async () => {
  const save = vi.fn<() => Promise<number>>(() => Promise.reject(new Error('the disk is full')));
  const schedule = createSaveSchedule(100, save);
  schedule.changed();
  await vi.advanceTimersByTimeAsync(100);
  await expect(schedule.failed).rejects.toThrow('the disk is full');
  schedule.changed();
  await vi.advanceTimersByTimeAsync(1000);
  expect(save).toHaveBeenCalledTimes(1);
});

test('nothing is saved after the stop', async () => {
  const save = vi.fn<() => Promise<number>>(() => Promise.resolve(1));
  const schedule = createSaveSchedule(100, save);
  schedule.changed();
  schedule.stop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(save).not.toHaveBeenCalled();
});
