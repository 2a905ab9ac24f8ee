/** An end of a range: milliseconds since the epoch, or words that follow the clock such as `now-1h`. */
export type RangeEnd = number | string;

export interface ExploreRange {
  readonly from: RangeEnd;
  readonly to: RangeEnd;
}

/** Milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const unitsMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Ranges that a person chooses often, by their length. */
export const quickRanges = [
  ['5m', 'Last 5 minutes'],
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['3h', 'Last 3 hours'],
  ['6h', 'Last 6 hours'],
  ['12h', 'Last 12 hours'],
  ['24h', 'Last 24 hours'],
  ['2d', 'Last 2 days'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['90d', 'Last 90 days'],
] as const;

export const defaultRange: ExploreRange = { from: 'now-1h', to: 'now' };

/**
 * What a person types for a moment: `now`, `now-90m`, a local time such as `2026-01-31 12:00`, a day, ISO 8601, or
 * milliseconds since the epoch. Undefined where it is none of these.
 */
export function parseEnd(text: string): RangeEnd | undefined {
  const trimmed = text.trim();
  if (/^now(?:\s*-\s*\d+(?:\.\d+)?[smhdw])?$/.test(trimmed)) return trimmed.replaceAll(/\s/g, '');
  if (/^\d{10,16}$/.test(trimmed)) return Number(trimmed);
  // Without a zone it is local time; a day alone would be read as UTC.
  const isDay = /^\d{4}-\d\d-\d\d$/.test(trimmed);
  const isTime = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/.test(trimmed);
  if (!isDay && !isTime) return undefined;
  const at = Date.parse(isDay ? `${trimmed}T00:00` : trimmed.replace(' ', 'T'));
  return Number.isFinite(at) ? at : undefined;
}

/** The moment of an end, seen from `now`. */
export function momentOf(end: RangeEnd, now: number): number {
  if (typeof end === 'number') return end;
  const back = /^now-(\d+(?:\.\d+)?)([smhdw])$/.exec(end);
  return back === null ? now : now - Number(back[1]) * (unitsMs[back[2] ?? ''] ?? 0);
}

/** The range in milliseconds, never empty. */
export function spanOf({ from, to }: ExploreRange, now: number): Span {
  const until = momentOf(to, now);
  return { from: Math.min(momentOf(from, now), until - 1000), to: until };
}

/** True for a range that moves with the clock. */
export function isMoving({ to }: ExploreRange): boolean {
  return typeof to === 'string';
}

/** What stands on the button of the range: `Last hour`, or the two moments in local time. */
export function rangeWords({ from, to }: ExploreRange): string {
  if (to === 'now' && typeof from === 'string') {
    const length = from.replace('now-', '');
    return quickRanges.find(([known]) => known === length)?.[1] ?? `Last ${length}`;
  }
  return `${endWords(from)} to ${endWords(to)}`;
}

/** An end as its field shows it, and as `parseEnd` reads it again. */
export function endWords(end: RangeEnd): string {
  if (typeof end === 'string') return end;
  const date = new Date(end);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** The range moved by a share of its length, or stretched about its middle; fixed in time. */
export function movedRange({ from, to }: Span, share: number): ExploreRange {
  const shift = Math.round((to - from) * share);
  return { from: from + shift, to: to + shift };
}

export function widenedRange({ from, to }: Span, now: number): ExploreRange {
  const half = Math.round((to - from) / 2);
  const until = Math.min(to + half, Math.max(to, now));
  return { from: until - 2 * (to - from), to: until };
}

const roundStepsS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3600),
  ...[1, 2, 7, 14, 28].map((days) => days * 86_400),
];

/** The smallest round step in seconds by which a range has at most as many points as a chart can show, about two pixels each. */
export function stepSOf({ from, to }: Span, widthPx: number): number {
  const pointsMax = Math.max(100, Math.min(1500, widthPx / 2));
  const exact = (to - from) / 1000 / pointsMax;
  return roundStepsS.find((step) => step >= exact) ?? Math.ceil(exact / 86_400) * 86_400;
}
