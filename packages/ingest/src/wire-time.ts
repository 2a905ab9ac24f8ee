const isoForm =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * The moment that an ISO 8601 text names (RFC 3339 with an optional second and `,` or `.` before fractions), in
 * milliseconds since the epoch, cut to whole ones. `no-zone` when it has no zone and none is given; `no-time` for anything else.
 */
export function parseIsoTime(text: string, zone?: string): number | 'no-zone' | 'no-time' {
  const parts = isoForm.exec(text);
  if (parts === null) return 'no-time';
  const [, year, month, day, hour, minute, second = '0', fraction = '', ownZone = zone] = parts;
  if (ownZone === undefined) return 'no-zone';
  const offsetMs = zoneOffsetMs(ownZone);
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const isRealDay = new Date(dayMs).getUTCDate() === Number(day) && Number(month) >= 1 && Number(month) <= 12;
  const isRealTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 61;
  if (!isRealDay || !isRealTime || offsetMs === undefined) return 'no-time';
  const clockMs = (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1000;
  return dayMs + clockMs + Number(fraction.padEnd(3, '0').slice(0, 3)) - offsetMs;
}

/** Distance of a zone such as `Z`, `+02:00` or `-0530` from UTC; undefined for other texts. */
export function zoneOffsetMs(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z' || zone === 'UTC') return 0;
  const parts = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (parts === null) return undefined;
  const [, sign, hours, minutes = '0'] = parts;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
