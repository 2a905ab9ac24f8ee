const hourMs = 3_600_000;

/** Numbers from 0 to 999 with leading zeros, to two and to three digits. */
const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
const threeDigits = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));

/**
 * Writes moments as ISO 8601 in UTC to the millisecond, as `Date.toISOString` does, many times as fast for moments that
 * follow each other: what they share is made once an hour of theirs.
 */
export function createIsoTime(): (at: number) => string {
  let hourAt = Number.NaN;
  let hourText = '';
  return (at) => {
    let rest = at - hourAt;
    // Also at first, when there is no hour.
    if (!(rest >= 0 && rest < hourMs)) {
      hourAt = Math.floor(at / hourMs) * hourMs;
      hourText = new Date(hourAt).toISOString().slice(0, -'00:00.000Z'.length);
      rest = at - hourAt;
    }
    const minute = Math.floor(rest / 60_000);
    const second = Math.floor(rest / 1000) % 60;
    return `${hourText}${twoDigits[minute]}:${twoDigits[second]}.${threeDigits[Math.floor(rest % 1000)]}Z`;
  };
}
