import { expect, test } from 'vitest';
import { BusinessHours, isWithinHours } from './business-hours.ts';

const office = BusinessHours.parse({ timeZone: 'Europe/Berlin', from: '09:00', to: '17:00' });
const night = BusinessHours.parse({ timeZone: 'UTC', days: [5], from: '22:00', to: '06:00' });

test.each([
  ['2026-01-05T08:00:00Z', true], // Monday, 09:00 in winter
  ['2026-01-05T07:59:59Z', false],
  ['2026-01-05T16:00:00Z', false],
  ['2026-07-06T07:00:00Z', true], // Monday, 09:00 in summer
  ['2026-01-10T10:00:00Z', false], // Saturday
])('office hours at %s: %s', (at, isWithin) => {
  expect(isWithinHours(office, Date.parse(at))).toBe(isWithin);
});

test.each([
  ['2026-01-09T22:00:00Z', true], // Friday night
  ['2026-01-10T05:59:00Z', true],
  ['2026-01-10T06:00:00Z', false],
  ['2026-01-10T22:00:00Z', false],
  ['2026-01-09T05:00:00Z', false],
])('a night that began on Friday at %s: %s', (at, isWithin) => {
  expect(isWithinHours(night, Date.parse(at))).toBe(isWithin);
});

test('a place that is no time zone is refused', () => {
  expect(BusinessHours.safeParse({ ...office, timeZone: 'Mars/Base' }).success).toBe(false);
  expect(BusinessHours.safeParse({ ...office, from: '9' }).success).toBe(false);
});
