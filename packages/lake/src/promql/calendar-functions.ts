import type { NumberFunction } from './element-functions.ts';

const dayS = 86_400;

/** Parts of a date in UTC, of a moment in seconds since the epoch. */
export const calendarFunctions: Readonly<Record<string, NumberFunction>> = {
  minute: (atS) => Math.floor(floorModulo(wholeSeconds(atS), 3600) / 60),
  hour: (atS) => Math.floor(floorModulo(wholeSeconds(atS), dayS) / 3600),
  // 1970-01-01 was a Thursday; Sunday is 0.
  day_of_week: (atS) => floorModulo(Math.floor(wholeSeconds(atS) / dayS) + 4, 7),
  day_of_month: (atS) => dateOf(atS).getUTCDate(),
  day_of_year: (atS) => {
    const date = dateOf(atS);
    return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / (dayS * 1000)) + 1;
  },
  days_in_month: (atS) => {
    const date = dateOf(atS);
    return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  },
  month: (atS) => dateOf(atS).getUTCMonth() + 1,
  year: (atS) => dateOf(atS).getUTCFullYear(),
};

/** NaN where the moment is no date. */
function dateOf(atS: number): Date {
  return new Date(wholeSeconds(atS) * 1000);
}

function wholeSeconds(atS: number): number {
  return Math.trunc(atS);
}

function floorModulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
