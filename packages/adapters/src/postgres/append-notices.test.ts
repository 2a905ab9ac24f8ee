import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAppendNotices, readNotice } from './append-notices.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function openNotices() {
  const alone: string[] = [];
  const notices = createAppendNotices('me', async (notice) => {
    alone.push(notice);
  });
  return { notices, alone };
}

test('the first append is told of with its transaction, those right behind it alone and once', async () => {
  const { notices, alone } = openNotices();
  expect(notices.take(['signals'])).toBe('signals,me');
  expect(notices.take(['signals'])).toBe('');
  expect(notices.take(['signals', 'anomalies'])).toBe('anomalies,me');
  expect(alone).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  expect(alone).toEqual(['signals,me']);
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
  notices.giveBack('anomalies,me');
  await vi.advanceTimersByTimeAsync(100);
  expect(alone).toEqual(['signals,anomalies,me']);
});

test('nothing waits any more after a flush', async () => {
  const { notices, alone } = openNotices();
  notices.take(['signals']);
  notices.take(['signals']);
  await notices.flush();
  expect(alone).toEqual(['signals,me']);
  await vi.advanceTimersByTimeAsync(100);
  expect(alone).toEqual(['signals,me']);
});

test('a notice that fails hurts nobody', async () => {
  const notices = createAppendNotices('me', () => Promise.reject(new Error('no server')));
  notices.take(['signals']);
  notices.take(['signals']);
  await expect(notices.flush()).resolves.toBeUndefined();
});

test('a notice says which topics were appended to, and by whom', () => {
  const { notices } = openNotices();
  expect(readNotice(notices.take(['signals', 'anomalies']))).toEqual({
    topics: ['signals', 'anomalies'],
    sender: 'me',
  });
});
