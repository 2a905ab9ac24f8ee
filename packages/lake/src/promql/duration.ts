const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

const duration = /^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;

/** A duration of PromQL in milliseconds: parts such as `1h30m` in descending units, or seconds as a number; NaN for anything else. */
export function durationMsOf(text: string): number {
  if (text === '' || !duration.test(text)) {
    const seconds = plainNumberOf(text);
    return Math.round(seconds * 1000);
  }
  let durationMs = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    durationMs += Number(count) * (unitsMs[unit] ?? Number.NaN);
  }
  return durationMs;
}

/** A number as a query writes it: decimal, hexadecimal, with `_` between digits, `Inf` or `NaN`, or a duration in seconds; undefined for anything else. */
export function numberOf(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (lower === 'inf') return Number.POSITIVE_INFINITY;
  if (lower === 'nan') return Number.NaN;
  const plain = plainNumberOf(text);
  // More than a double can hold is no number, as in Go.
  if (plain === Number.POSITIVE_INFINITY) return undefined;
  if (!Number.isNaN(plain)) return plain;
  const durationMs = durationMsOf(text);
  return Number.isNaN(durationMs) ? undefined : durationMs / 1000;
}

function plainNumberOf(text: string): number {
  const digits = text.replaceAll(/(?<=\d)_(?=\d)/g, '');
  if (/^0x[\da-f]+$/i.test(digits)) return Number(digits);
  // As in Go, a leading zero makes a whole number octal.
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  return /^(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(digits) ? Number(digits) : Number.NaN;
}
