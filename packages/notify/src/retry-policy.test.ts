import { expect, test } from 'vitest';
import { retryAfterMsOf, retryDefaults, retryDelayMs } from './retry-policy.ts';

test('delays double from a second to an hour and half of each is random', () => {
  const least = [1, 2, 3, 10, 40].map((attempts) => retryDelayMs(attempts, retryDefaults, { random: 0 }));
  const most = [1, 2, 3, 10, 40].map((attempts) => retryDelayMs(attempts, retryDefaults, { random: 1 }));
  expect(least).toEqual([500, 1_000, 2_000, 256_000, 1_800_000]);
  expect(most).toEqual([1_000, 2_000, 4_000, 512_000, 3_600_000]);
});

test('a receiver that asks for more time gets it', () => {
  expect(retryDelayMs(1, retryDefaults, { random: 0, retryAfterMs: 90_000 })).toBe(90_000);
});

test('Retry-After is read as seconds or a date, and bounded', () => {
  const nowMs = Date.parse('2026-01-05T00:00:00Z');
  expect(retryAfterMsOf('120', nowMs)).toBe(120_000);
  expect(retryAfterMsOf('Mon, 05 Jan 2026 00:01:00 GMT', nowMs)).toBe(60_000);
  expect(retryAfterMsOf('999999999', nowMs)).toBe(6 * 3_600_000);
  expect(['', null, 'soon', 'Sun, 04 Jan 2026 00:00:00 GMT'].map((header) => retryAfterMsOf(header, nowMs))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
