import { parseIsoTime } from '../wire-time.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const bsdForm =
  /^[*.]?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?: (\d{4}))?(?: (UTC|GMT|Z|[+-]\d{2}:?\d{2}))?:?(?= |$)/;
const dayMs = 86_400_000;

/** A date at the beginning of a message. */
export interface LeadingTime {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Characters that the date takes. */
  readonly length: number;
}

/**
 * The date of RFC 3164 (`Oct  9 22:33:20`) with what devices add to it: a year, fractions, a zone, a mark before it; or
 * a date of RFC 3339, as rsyslog sends it. A date without a year is the one nearest to now, but not more than a day
 * ahead of it; one without a zone is in `zone`.
 */
export function leadingTime(text: string, now: number, zone: string): LeadingTime | undefined {
  const word = text.slice(0, 40).split(' ', 1)[0] ?? '';
  const iso = /^\d{4}-/.test(word) ? parseIsoTime(word.replace(/:$/, ''), zone) : 'no-time';
  if (typeof iso === 'number') return { at: iso, length: word.length };
  const parts = bsdForm.exec(text.slice(0, 60));
  if (parts === null) return undefined;
  const [all, month = '', day = '', year = parts[8], hour, minute, second, fraction = '0'] = parts;
  const monthIndex = months.indexOf(month.toLowerCase());
  if (monthIndex === -1) return undefined;
  const ownZone = parts[9] === 'GMT' ? 'UTC' : parts[9];
  const date = (fullYear: number): number | string => {
    const day2 = day.padStart(2, '0');
    const month2 = String(monthIndex + 1).padStart(2, '0');
    return parseIsoTime(
      `${String(fullYear).padStart(4, '0')}-${month2}-${day2}T${hour}:${minute}:${second}.${fraction}`,
      ownZone ?? zone,
    );
  };
  const thisYear = new Date(now).getUTCFullYear();
  const candidates = (year === undefined ? [thisYear, thisYear - 1, thisYear + 1] : [Number(year)])
    .map(date)
    .filter((at) => typeof at === 'number')
    .filter((at) => year !== undefined || at <= now + dayMs)
    .toSorted((a, b) => Math.abs(a - now) - Math.abs(b - now));
  const [at] = candidates;
  return at === undefined ? undefined : { at, length: all.length };
}
