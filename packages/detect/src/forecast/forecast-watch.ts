import type { FillShape } from './fill-shape.ts';
import type { ForecastSettings } from './forecast-settings.ts';
import { type TrendInterval, trendInterval } from './trend-interval.ts';

/** Something to be told about the end of a store. Times in milliseconds since the epoch. */
export interface ForecastChange {
  readonly kind: 'opened' | 'updated' | 'closed';
  /** When it was first foreseen. */
  readonly startedAt: number;
  readonly toldAt: number;
  readonly endedAt?: number;
  readonly value: number;
  readonly end: number;
  /** When it is used up: the median, and the interval in which eight of ten slopes lie. */
  readonly inMs: number;
  readonly soonestMs: number;
  readonly latestMs: number;
  readonly horizonMs: number;
  /** The stretch of history that the trend is drawn through. */
  readonly baselineFrom: number;
  readonly points: number;
  readonly revision: number;
}

const HEAD = {
  lastAt: 0,
  openPace: 1,
  startedAt: 2,
  revision: 3,
  toldInMs: 4,
  /** The most there ever was, which is the whole of what drains. */
  highest: 5,
  /** How near to its end it is in this run, and has been in an earlier one, before it went back. */
  runTop: 6,
  earlierTop: 7,
} as const;
const HEAD_NUMBERS = 8;
const PACE = { pointAt: 0, sum: 1, count: 2, filled: 3 } as const;
const PACE_NUMBERS = 4;
/** Half of what was told is worth telling. */
const toldShare = 0.5;
/** Time in which what once was fades. */
const fadeMs = 21 * 86_400_000;
/** Share of the whole by which a run goes back before it is over. */
const runShare = 0.05;
/** Share of the whole by which it must be nearer to its end than in an earlier run: what was there and went back breathes. */
const newsShare = 0.02;

/** Length of the numbers of one series. */
export const forecastLength = ({ paces }: ForecastSettings): number =>
  HEAD_NUMBERS + paces.reduce((sum, { points }) => sum + PACE_NUMBERS + points, 0);

/** A series of which nothing is known. */
export function createForecastNumbers(settings: ForecastSettings): Float64Array {
  const numbers = new Float64Array(forecastLength(settings)).fill(Number.NaN);
  numbers.fill(0, 0, HEAD_NUMBERS);
  let at = HEAD_NUMBERS;
  for (const { points } of settings.paces) {
    numbers.fill(0, at, at + PACE_NUMBERS);
    at += PACE_NUMBERS + points;
  }
  return numbers;
}

/**
 * Takes one sample of a series that can be used up into its numbers and returns what it changed. A sample that is not newer than the
 * last one changes nothing.
 */
export function observeFill(
  numbers: Float64Array,
  sample: { readonly at: number; readonly value: number; readonly shape: FillShape },
  settings: ForecastSettings,
): ForecastChange | undefined {
  const { at, value } = sample;
  const isFirst = numbers[HEAD.lastAt] === 0;
  if (!isFirst && !(at > (numbers[HEAD.lastAt] ?? 0))) return undefined;
  keepRuns(numbers, sample, isFirst);
  numbers[HEAD.lastAt] = at;
  let change: ForecastChange | undefined;
  let start = HEAD_NUMBERS;
  for (const [pace, { pointMs, points }] of settings.paces.entries()) {
    const pointAt = Math.floor(at / pointMs);
    if ((numbers[start + PACE.count] ?? 0) > 0 && pointAt !== numbers[start + PACE.pointAt]) {
      closePoint(numbers, start, { points, pointAt });
      change ??= judge(numbers, { start, pace, sample, settings });
    }
    numbers[start + PACE.pointAt] = pointAt;
    numbers[start + PACE.sum] = (numbers[start + PACE.sum] ?? 0) + value;
    numbers[start + PACE.count] = (numbers[start + PACE.count] ?? 0) + 1;
    start += PACE_NUMBERS + points;
  }
  return change;
}

/** Moves the points on to `pointAt`, the newest last; points without samples are NaN. */
function closePoint(
  numbers: Float64Array,
  start: number,
  { points, pointAt }: { points: number; pointAt: number },
): void {
  const steps = Math.min(points, pointAt - (numbers[start + PACE.pointAt] ?? 0));
  const from = start + PACE_NUMBERS;
  const mean = (numbers[start + PACE.sum] ?? 0) / (numbers[start + PACE.count] ?? 1);
  numbers.copyWithin(from, from + steps, from + points);
  numbers.fill(Number.NaN, from + points - steps, from + points);
  numbers[from + points - steps] = mean;
  numbers[start + PACE.filled] = Math.min(points, (numbers[start + PACE.filled] ?? 0) + steps);
  numbers[start + PACE.sum] = 0;
  numbers[start + PACE.count] = 0;
}

function judge(
  numbers: Float64Array,
  asked: {
    readonly start: number;
    readonly pace: number;
    readonly sample: { readonly at: number; readonly value: number; readonly shape: FillShape };
    readonly settings: ForecastSettings;
  },
): ForecastChange | undefined {
  const { start, pace, sample, settings } = asked;
  const chosen = settings.paces[pace];
  const openPace = numbers[HEAD.openPace] ?? 0;
  // One forecast of a series at a time: the pace that told it also ends it.
  if (chosen === undefined || (openPace !== 0 && openPace !== pace + 1)) return undefined;
  const from = start + PACE_NUMBERS;
  const isSettled = (numbers[start + PACE.filled] ?? 0) >= chosen.points / 2;
  const points = numbers.subarray(from, from + chosen.points);
  const mayTell =
    openPace !== 0 || isRoughlySoon(points, chosen.pointMs, { ...sample, withinMs: 3 * chosen.horizonMs });
  if (!mayTell) return undefined;
  const trend = isSettled ? trendInterval(points, chosen.pointMs) : undefined;
  const left = trend === undefined ? undefined : timesLeft(trend, sample);
  const isOpen = openPace !== 0;
  if (trend === undefined || left === undefined || left.inMs > settings.closeHorizons * chosen.horizonMs) {
    return isOpen ? tell(numbers, 'closed', { ...asked, left }) : undefined;
  }
  if (isOpen) {
    const told = numbers[HEAD.toldInMs] ?? 0;
    return left.inMs < toldShare * told ? tell(numbers, 'updated', { ...asked, left }) : undefined;
  }
  const isSoon = left.inMs < chosen.horizonMs && left.latestMs < settings.slowHorizons * chosen.horizonMs;
  if (!isSoon || trend.steadiness < settings.steadinessMin) return undefined;
  if (usedOf(numbers, sample) < settings.usedMin || !isNews(numbers, sample)) return undefined;
  numbers[HEAD.openPace] = pace + 1;
  numbers[HEAD.startedAt] = sample.at;
  numbers[HEAD.revision] = 0;
  return tell(numbers, 'opened', { ...asked, left });
}

/** A cheap look at the first and the last third, which spares most series the dear one. */
function isRoughlySoon(
  points: Float64Array,
  pointMs: number,
  { value, shape, withinMs }: { readonly value: number; readonly shape: FillShape; readonly withinMs: number },
): boolean {
  const third = Math.floor(points.length / 3);
  const [first, last] = [meanOf(points.subarray(0, 2 * third)), meanOf(points.subarray(2 * third))];
  const towards = shape.direction === 'up' ? 1 : -1;
  const gained = towards * (last - first);
  // Where points are missing the two means may lie closer together; the longest they can be apart is one and a half thirds.
  return gained > 0 && (towards * (shape.end - value) * 1.5 * third * pointMs) / gained < withinMs;
}

function meanOf(points: Float64Array): number {
  let [sum, count] = [0, 0];
  for (const point of points) {
    if (Number.isNaN(point)) continue;
    sum += point;
    count += 1;
  }
  return sum / count;
}

interface TimesLeft {
  readonly inMs: number;
  readonly soonestMs: number;
  readonly latestMs: number;
}

/** Undefined when it does not move towards its end. */
function timesLeft(
  trend: TrendInterval,
  { value, shape }: { readonly value: number; readonly shape: FillShape },
): TimesLeft | undefined {
  const towards = shape.direction === 'up' ? 1 : -1;
  const room = Math.max(0, towards * (shape.end - value));
  if (towards * trend.slope <= 0) return undefined;
  const slow = towards * trend.slow;
  return {
    inMs: room / (towards * trend.slope),
    soonestMs: room / (towards * trend.fast),
    latestMs: slow <= 0 ? Number.MAX_SAFE_INTEGER : room / slow,
  };
}

/** Keeps how near to the end runs have been; a store that was emptied for good is judged by what it does now. */
function keepRuns(
  numbers: Float64Array,
  { at, value, shape }: { readonly at: number; readonly value: number; readonly shape: FillShape },
  isFirst: boolean,
): void {
  const towards = shape.direction === 'up' ? value : -value;
  if (isFirst) {
    numbers[HEAD.highest] = value;
    numbers[HEAD.runTop] = towards;
    numbers[HEAD.earlierTop] = Number.NEGATIVE_INFINITY;
    return;
  }
  const faded = Math.min(1, (at - (numbers[HEAD.lastAt] ?? 0)) / fadeMs);
  const highest = numbers[HEAD.highest] ?? 0;
  numbers[HEAD.highest] = Math.max(value, highest + faded * (value - highest));
  const earlier = numbers[HEAD.earlierTop] ?? 0;
  if (earlier > towards) numbers[HEAD.earlierTop] = earlier + faded * (towards - earlier);
  const top = numbers[HEAD.runTop] ?? 0;
  const whole = shape.direction === 'up' ? shape.end : highest;
  if (towards >= top - runShare * whole) numbers[HEAD.runTop] = Math.max(top, towards);
  else {
    numbers[HEAD.earlierTop] = Math.max(numbers[HEAD.earlierTop] ?? 0, top);
    numbers[HEAD.runTop] = towards;
  }
}

/** True when it is nearer to its end than in any earlier run. */
function isNews(
  numbers: Float64Array,
  { value, shape }: { readonly value: number; readonly shape: FillShape },
): boolean {
  const towards = shape.direction === 'up' ? value : -value;
  const whole = shape.direction === 'up' ? shape.end : (numbers[HEAD.highest] ?? 0);
  return towards > (numbers[HEAD.earlierTop] ?? 0) + newsShare * whole;
}

/** How much of the whole is used, in [0, 1]; of what drains the most that it ever was is the whole. */
function usedOf(
  numbers: Float64Array,
  { value, shape }: { readonly value: number; readonly shape: FillShape },
): number {
  const whole = shape.direction === 'up' ? shape.end : (numbers[HEAD.highest] ?? 0);
  return whole <= 0 ? 0 : shape.direction === 'up' ? value / whole : 1 - value / whole;
}

function tell(
  numbers: Float64Array,
  kind: ForecastChange['kind'],
  {
    pace,
    sample,
    settings,
    left,
  }: {
    readonly pace: number;
    readonly sample: { readonly at: number; readonly value: number; readonly shape: FillShape };
    readonly settings: ForecastSettings;
    readonly left: TimesLeft | undefined;
  },
): ForecastChange {
  const revision = (numbers[HEAD.revision] ?? 0) + 1;
  const chosen = settings.paces[pace] ?? { pointMs: 0, points: 0, horizonMs: 0 };
  const { inMs, soonestMs, latestMs } = left ?? {
    inMs: 10 * chosen.horizonMs,
    soonestMs: 10 * chosen.horizonMs,
    latestMs: 10 * chosen.horizonMs,
  };
  numbers[HEAD.revision] = revision;
  numbers[HEAD.toldInMs] = inMs;
  if (kind === 'closed') numbers[HEAD.openPace] = 0;
  return {
    kind,
    startedAt: numbers[HEAD.startedAt] ?? sample.at,
    toldAt: sample.at,
    ...(kind === 'closed' ? { endedAt: sample.at } : {}),
    value: sample.value,
    end: sample.shape.end,
    ...{ inMs, soonestMs, latestMs, horizonMs: chosen.horizonMs },
    baselineFrom: sample.at - chosen.points * chosen.pointMs,
    points: chosen.points,
    revision,
  };
}
