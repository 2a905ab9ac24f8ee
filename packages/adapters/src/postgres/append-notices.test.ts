import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAppendNotices } from './append-notices.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function openNotices() {
  const alone: string[] = [];
  const notices = createAppendNotices(async (topics) => {
    alone.push(topics);
  });
  return { notices, alone };
}

test('the first append is told of with its transaction, those right behind it alone and once', async () => {
  const { notices, alone } = openNotices();
  expect(notices.take(['signals'])).toBe('signals');
  expect(notices.take(['signals'])).toBe('');
  expect(notices.take(['signals', 'anomalies'])).toBe('anomalies');
  expect(alone).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  expect(alone).toEqual(['signals']);
});

test('under load a topic is told of with its own transactions, fifty times a second', async () => {
  const { notices, alone } = openNotices();
  let told = 0;
  for (let ms = 0; ms < 1000; ms += 1) {
    if (notices.take(['signals']) !== '') told += 1;
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(told).toBe(50);
  expect(alone).toEqual([]);
});

test('what a failed transaction was to tell of is told of later', async () => {
  const { notices, alone } = openNotices();
  notices.take(['signals']);
  notices.take(['signals']);
  await vi.advanceTimersByTimeAsync(15);
  notices.giveBack('anomalies');
  await vi.advanceTimersByTimeAsync(100);
  expect(alone).toEqual(['signals,anomalies']);
});

test('nothing waits any more after a flush', async () => {
  const { notices, alone } = openNotices();
  notices.take(['signals']);
  notices.take(['signals']);
  await notices.flush();
  expect(alone).toEqual(['signals']);
  await vi.advanceTimersByTimeAsync(100);
  expect(alone).toEqual(['signals']);
});

test('a notice that fails hurts nobody', async () => {
  const notices = createAppendNotices(() => Promise.reject(new Error('no server')));
  notices.take(['signals']);
  notices.take(['signals']);
  await expect(notices.flush()).resolves.toBeUndefined();
});
