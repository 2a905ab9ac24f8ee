/** A number for people: so many significant digits, no exponent between a ten-thousandth and ten million. */
export function numberText(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return 'unknown';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(digits - 1);
  return size >= 10 ** digits ? String(Math.round(value)) : String(Number(value.toPrecision(digits)));
}

/** A share as a whole percentage; a small one is not told as none. */
export function percentText(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return 'less than 1%';
  return `${percent}%`;
}

/** How to show a value of some unit: what to multiply by, and what to write behind. */
interface Scale {
  readonly factor: number;
  readonly suffix: string;
}

const SECONDS_PER: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  second: 1,
  seconds: 1,
  milliseconds: 1e-3,
  microseconds: 1e-6,
  min: 60,
  h: 3600,
};
const BYTES_PER: Readonly<Record<string, number>> = {
  By: 1,
  B: 1,
  bytes: 1,
  KiBy: 1024,
  MiBy: 1024 ** 2,
  GiBy: 1024 ** 3,
};
const BYTE_NAMES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
/** Units of UCUM (as in OpenTelemetry) that people write otherwise. */
const SYMBOLS: Readonly<Record<string, string>> = {
  '1': '',
  '%': '%',
  Cel: ' °C',
  '[degF]': ' °F',
  K: ' K',
  percent: '%',
};

/** Units that a metric's name ends in, when none is given. */
const NAMED_UNIT = /_(seconds|milliseconds|microseconds|ms|us|ns|bytes|percent)(?:_total)?$/;

function durationScale(seconds: number): Scale {
  if (seconds === 0 || seconds >= 1)
    return seconds >= 600 ? { factor: 1 / 60, suffix: ' min' } : { factor: 1, suffix: ' s' };
  return seconds >= 1e-3 ? { factor: 1e3, suffix: ' ms' } : { factor: 1e6, suffix: ' µs' };
}

function byteScale(bytes: number): Scale {
  const power = Math.min(BYTE_NAMES.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)));
  return { factor: 1024 ** -power, suffix: ` ${BYTE_NAMES[power] ?? 'B'}` };
}

function scaleOf(value: number, unit: string): Scale {
  const symbol = SYMBOLS[unit];
  if (symbol !== undefined) return { factor: 1, suffix: symbol };
  const [base = '', per] = unit.split('/');
  const perText = per === undefined ? '' : `/${per}`;
  const seconds = per === undefined ? SECONDS_PER[base] : undefined;
  if (seconds !== undefined) {
    const { factor, suffix } = durationScale(Math.abs(value) * seconds);
    return { factor: factor * seconds, suffix };
  }
  const bytes = BYTES_PER[base];
  if (bytes !== undefined) {
    const { factor, suffix } = byteScale(Math.abs(value) * bytes);
    return { factor: factor * bytes, suffix: suffix + perText };
  }
  const counted = /^\{(.+)\}$/.exec(base)?.[1];
  if (counted !== undefined) return { factor: 1, suffix: ` ${counted}${counted.endsWith('s') ? '' : 's'}${perText}` };
  return { factor: 1, suffix: unit === '' ? '' : ` ${unit}` };
}

/** What is being told: the unit as sent (UCUM), and the metric whose name may end in one. */
export interface Quantity {
  readonly metric: string;
  readonly unit?: string;
}

function unitOf({ metric, unit }: Quantity): string {
  return unit ?? NAMED_UNIT.exec(metric)?.[1] ?? '';
}

function textOf(value: number, quantity: Quantity, digits: number): string {
  const { factor, suffix } = scaleOf(value, unitOf(quantity));
  return `${numberText(value * factor, digits)}${suffix}`;
}

const DIGITS_MIN = 3;
const DIGITS_MAX = 6;

/** One value as people write it, in three significant digits. */
export function valueText(value: number, quantity: Quantity): string {
  return textOf(value, quantity, DIGITS_MIN);
}

/**
 * Two values of one quantity as people write them, each in its own handy unit, e.g. `48.8 ms` and `1.02 s`: three significant
 * digits, and as many more (six at most) as it takes to tell them apart.
 */
export function valuePair(before: number, after: number, quantity: Quantity): readonly [string, string] {
  for (let digits = DIGITS_MIN; ; digits++) {
    const pair = [textOf(before, quantity, digits), textOf(after, quantity, digits)] as const;
    if (pair[0] !== pair[1] || digits === DIGITS_MAX) return pair;
  }
}
