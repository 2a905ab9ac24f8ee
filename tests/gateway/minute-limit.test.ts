import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMinuteLimit } from '../../packages/gateway/src/http/minute-limit.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const refused = (retryAfterS: number): object => expect.objectContaining({ code: 'rate-limited', retryAfterS });

test('a key is refused above its limit until the minute of its first request is over; others are not', () => {
  const meter = createMemoryMeter();
  const limit = createMinuteLimit({ perMinute: 2, limit: 'tenant', meter });
  limit.consume('acme');
  vi.advanceTimersByTime(50_000);
  limit.consume('acme');
  expect(() => limit.consume('acme')).toThrow(refused(10));
  limit.consume('umbrella');
  vi.advanceTimersByTime(9_999);
  expect(() => limit.consume('acme')).toThrow(refused(1));
  vi.advanceTimersByTime(1);
  limit.consume('acme');
  limit.consume('acme');
  expect(() => limit.consume('acme')).toThrow(refused(60));
  expect(meter.value('heliosiq_http_rate_limited_total', { limit: 'tenant', tenant: 'acme' })).toBe(3);
});

test('a new minute of one key leaves what others have used', () => {
  const limit = createMinuteLimit({ perMinute: 1, limit: 'address', meter: createMemoryMeter() });
  limit.consume('10.0.0.1');
  vi.advanceTimersByTime(30_000);
  limit.consume('10.0.0.2');
  vi.advanceTimersByTime(30_000);
  limit.consume('10.0.0.1');
  expect(() => limit.consume('10.0.0.2')).toThrow(refused(30));
});
