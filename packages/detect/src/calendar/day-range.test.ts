import { expect, test } from 'vitest';
import { dayRange } from './day-range.ts';

const hours = ({ from, to }: { readonly from: number; readonly to: number }): number => (to - from) / 3_600_000;

test('a day lies between two midnights of its time zone', () => {
  expect(dayRange('2026-05-01', 'Europe/Berlin')).toEqual({
    from: Date.UTC(2026, 3, 30, 22),
    to: Date.UTC(2026, 4, 1, 22),
  });
  expect(dayRange('2026-01-01', 'UTC').from).toBe(Date.UTC(2026, 0, 1));
  expect(dayRange('2026-07-04', 'America/Los_Angeles').from).toBe(Date.UTC(2026, 6, 4, 7));
});

test('a day on which the clocks change has 23 or 25 hours', () => {
  expect(hours(dayRange('2026-03-29', 'Europe/Berlin'))).toBe(23);
  expect(hours(dayRange('2026-10-25', 'Europe/Berlin'))).toBe(25);
});

test('a date or a time zone that there is not is refused with the cure', () => {
  expect(() => dayRange('2026-02-30', 'UTC')).toThrow('there is no date 2026-02-30');
  expect(() => dayRange('2026-02-01', 'Mars/Base')).toThrow('there is no time zone');
});
