import { HeliosError } from '@heliosiq/model';

const hourMs = 3_600_000;

/**
 * A calendar day as moments: from its midnight to the next one, where the clocks of a time zone say so (23 to 25 hours).
 * Throws `HeliosError('invalid-request')` for a date or a zone that there is not.
 *
 * @param date `YYYY-MM-DD`
 * @param timeZone IANA name, e.g. `Europe/Berlin`
 */
export function dayRange(date: string, timeZone: string): { readonly from: number; readonly to: number } {
  const utc = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== date) {
    throw new HeliosError('invalid-request', `there is no date ${date}`, { field: 'date', cure: 'write YYYY-MM-DD' });
  }
  return { from: midnight(utc, timeZone), to: midnight(utc + 24 * hourMs, timeZone) };
}

/** The moment at which the clocks of the zone show what clocks in UTC show at `utc`. */
function midnight(utc: number, timeZone: string): number {
  // The offset at the moment that was guessed; a second guess is right next to a change of the clocks as well.
  const guess = utc - offsetMs(utc, timeZone);
  return utc - offsetMs(guess, timeZone);
}

function offsetMs(at: number, timeZone: string): number {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const [year, month, day] = [parts.get('year') ?? 0, parts.get('month') ?? 1, parts.get('day') ?? 1];
  return (
    Date.UTC(year, month - 1, day, parts.get('hour') ?? 0, parts.get('minute') ?? 0, parts.get('second') ?? 0) - at
  );
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const number = 'numeric';
  try {
    const fields = { year: number, month: number, day: number, hour: number, minute: number, second: number } as const;
    return new Intl.DateTimeFormat('en', { ...fields, timeZone, hourCycle: 'h23' });
  } catch (cause) {
    throw new HeliosError('invalid-request', `there is no time zone "${timeZone}"`, {
      field: 'timeZone',
      cure: 'give an IANA name such as Europe/Berlin',
      cause,
    });
  }
}
