import { durationMsOf as writtenDurationMsOf } from '@heliosiq/model/prometheus-duration.ts';

/** A duration of PromQL in milliseconds: parts such as `1h30m` in descending units, or seconds as a number; NaN for anything else. */
export function durationMsOf(text: string): number {
  const durationMs = writtenDurationMsOf(text);
  return Number.isNaN(durationMs) ? Math.round(plainNumberOf(text) * 1000) : durationMs;
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
