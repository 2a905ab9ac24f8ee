import { TenantId } from '@heliosiq/model';
import { expect, test } from 'vitest';
import { createEventClock } from './event-clock.ts';

const tenantId = TenantId.parse('acme');
const settings = { settleMs: 5_000, liveMs: 600_000 };
const wall = 1_767_571_200_000;
const dayMs = 86_400_000;

test('a replay sets the clock only after the settling time', () => {
  const clock = createEventClock(settings);
  clock.observe(tenantId, wall - dayMs, wall);
  expect(clock.read(tenantId, wall + 4_000)).toBeUndefined();
  expect(clock.read(tenantId, wall + 6_000)).toBe(wall - dayMs);
  expect(clock.read(tenantId, wall + 600_000)).toBe(wall - dayMs);
});

test('a live clock goes on when signals stop', () => {
  const clock = createEventClock(settings);
  clock.observe(tenantId, wall - 1_000, wall);
  expect(clock.read(tenantId, wall + 65_000)).toBe(wall - 1_000 + 60_000);
});

test('the clock never runs backwards and leaves out times from the future', () => {
  const clock = createEventClock(settings);
  clock.observe(tenantId, wall - dayMs, wall);
  clock.observe(tenantId, wall - 2 * dayMs, wall + 1_000);
  clock.observe(tenantId, wall + dayMs, wall + 2_000);
  expect(clock.read(tenantId, wall + 60_000)).toBe(wall - dayMs);
});
