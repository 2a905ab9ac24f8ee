import { Severity } from '@heliosiq/model';
import { z } from 'zod';

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'give a time such as 08:30');

/** When a target may be told; outside of it messages wait, but for those of the severities in `always`. */
export const BusinessHours = z.strictObject({
  /** IANA name, e.g. `Europe/Berlin`. */
  timeZone: z.string().refine(isTimeZone, 'give a time zone such as Europe/Berlin'),
  /** 1 is Monday, 7 is Sunday. */
  days: z.array(z.int().min(1).max(7)).min(1).max(7).default([1, 2, 3, 4, 5]),
  /** `to` is not in it any more; one before `from` means the next morning. */
  from: TimeOfDay,
  to: TimeOfDay,
  always: z.array(Severity).max(5).default(['critical']),
});
export type BusinessHours = z.infer<typeof BusinessHours>;

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** True when the moment (milliseconds since the epoch) lies in the hours, in their own time zone. */
export function isWithinHours({ timeZone, days, from, to }: Omit<BusinessHours, 'always'>, at: number): boolean {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  const time = `${part('hour')}:${part('minute')}`;
  const today = weekdays.indexOf(part('weekday')) + 1;
  if (from <= to) return days.includes(today) && time >= from && time < to;
  // A night belongs to the day on which it began.
  const yesterday = today === 1 ? 7 : today - 1;
  return (days.includes(today) && time >= from) || (days.includes(yesterday) && time < to);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
