import type { TimeRange } from '@heliosiq/ports';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const weekMs = 168 * hourMs;

/** Lengths that people count in, ascending. */
const lengthsMs = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * hourMs),
];

/** The shortest length that people count in of which a range has at most so many steps; weeks beyond a day. */
export function stepOf({ from, to }: TimeRange, steps: number): number {
  const leastMs = (to - from) / steps;
  return lengthsMs.find((length) => length >= leastMs) ?? Math.ceil(leastMs / weekMs) * weekMs;
}

/** An empty histogram whose steps begin at multiples of their length and cover the range. */
export function stepsOf(range: TimeRange, stepMs: number): { from: number; stepMs: number; counts: number[] } {
  const from = Math.floor(range.from / stepMs) * stepMs;
  return { from, stepMs, counts: new Array<number>(Math.max(1, Math.ceil((range.to - from) / stepMs))).fill(0) };
}
