import type { CaseWindow, SeriesWindow } from './casefile.ts';
import { metricSemantics, statisticKind, type MetricSemantics } from './metric-semantics.ts';
import { quantile, robustSpread, sortedFinite } from './robust-statistics.ts';
import { inTimeOrder } from './time-order.ts';

/** How far one series left its own normal during the fault. */
export interface SeriesChange {
  readonly series: SeriesWindow;
  readonly semantics: MetricSemantics;
  /** Level expected and level seen during the worst run of the fault window, in the series' unit. */
  readonly before: number;
  readonly after: number;
  /** Signed count of robust standard deviations, tail-corrected; positive is up. */
  readonly deviation: number;
  /** `deviation` in the bad direction, 0 when the series moved the harmless way. */
  readonly severity: number;
  readonly onsetMs: number | null;
  /** How many normal samples the judgement rests on. */
  readonly baselineCount: number;
  /** The whole window was silent although the series used to speak. */
  readonly vanished: boolean;
  /** The series speaks now and never did before. */
  readonly appeared: boolean;
  /** Present normal level, in the series' unit; NaN when unknown. */
  readonly reference: number;
}

/** Deviations are told up to here; severities tell two large ones apart a good way further. */
const DEVIATION_MAX = 60;
const SEVERITY_MAX = 1000;
/** Normal quantile of 98%: what the largest 2% of quiet stretches would reach, were the noise normal. */
const NORMAL_Q98 = 2.054;
/** Quiet stretches needed before their own tail is believed. */
const STRETCHES_MIN = 20;
const STRETCHES_MAX = 120;
/** Share of a drift of the level by which the present spread is in doubt. */
const DRIFT_DOUBT = 0.25;
/** Samples in the worst run at most, so that a short fault in a long window is not averaged away. */
const RUN_MAX = 10;
/** Part of a baseline, its last, that may already be part of a fault noticed late, and so tells nothing of quiet times. */
const GUARD_SHARE = 0.25;
/**
 * A fault is noticed this late without anybody's blame: samples so shortly before the window tell no present level, unless
 * the series is sampled so seldom that there is but one of them.
 */
const LATENESS_MS = 120_000;
/** Weight, in samples, of the prior spread that stands in while a baseline is short. */
const PRIOR_SAMPLES = 6;

/** Index of the first time at or after `atMs`. */
function firstAt(timesMs: Float64Array, atMs: number): number {
  let [low, high] = [0, timesMs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Distance of the last two of ascending times; infinite where there are not two. */
function lastGap(timesMs: Float64Array): number {
  return (timesMs.at(-1) ?? Number.NaN) - (timesMs.at(-2) ?? Number.NaN) || Number.POSITIVE_INFINITY;
}

interface Axis {
  toAxis(value: number): number;
  fromAxis(position: number): number;
}

/** Ratios are judged on a logarithmic axis, softened near zero so that 0 and tiny counts stay finite. */
function axisFor(semantics: MetricSemantics, baseline: Float64Array): Axis {
  if (semantics.scale !== 'log') return { toAxis: (value) => value, fromAxis: (position) => position };
  const level = quantile(baseline, 0.5);
  const soft = Number.isFinite(level) && level > 0 ? level * 0.05 : 0.5;
  return {
    toAxis: (value) => Math.log(Math.max(0, value) + soft),
    fromAxis: (position) => Math.max(0, Math.exp(position) - soft),
  };
}

/** Largest and smallest mean of any `length` neighbours within values[from, to). */
function extremeRuns(
  values: Float64Array,
  from: number,
  to: number,
  length: number,
): { high: number; highAt: number; low: number; lowAt: number } {
  let sum = 0;
  const result = { high: -Infinity, highAt: from, low: Infinity, lowAt: from };
  for (let index = from; index < to; index++) {
    sum += values[index] ?? 0;
    if (index - from >= length) sum -= values[index - length] ?? 0;
    if (index - from < length - 1) continue;
    const mean = sum / length;
    if (mean > result.high) [result.high, result.highAt] = [mean, index - length + 1];
    if (mean < result.low) [result.low, result.lowAt] = [mean, index - length + 1];
  }
  return result;
}

/** How far quiet stretches as long as the fault window wander by themselves (98% quantile, in spreads, up and down). */
function ownTail(
  baseline: Float64Array,
  middle: number,
  spread: number,
  shape: { count: number; run: number },
): { up: number; down: number } {
  const stretches = baseline.length - shape.count + 1;
  const stride = Math.max(1, Math.floor(shape.count / 2), Math.ceil(stretches / STRETCHES_MAX));
  const ups = new Float64Array(Math.max(0, Math.ceil(stretches / stride)));
  const downs = new Float64Array(ups.length);
  for (let start = 0, index = 0; start < stretches; start += stride, index++) {
    const runs = extremeRuns(baseline, start, start + shape.count, shape.run);
    ups[index] = (runs.high - middle) / spread;
    downs[index] = (middle - runs.low) / spread;
  }
  if (ups.length < STRETCHES_MIN) return { up: NORMAL_Q98, down: NORMAL_Q98 };
  return { up: quantile(ups.sort(), 0.98), down: quantile(downs.sort(), 0.98) };
}

/** Smallest spread believed on the axis: rounding, counting noise, and what such metrics do anyway. */
function spreadFloor(semantics: MetricSemantics, baseline: Float64Array, requestsPerSample: number): number {
  if (semantics.scale === 'log') return 0.04;
  const middle = Math.abs(quantile(baseline, 0.5));
  if (semantics.scale === 'share') {
    const whole = Math.abs(quantile(baseline, 1)) <= 1 && middle <= 1 ? 1 : 100;
    return (
      whole *
      (Number.isFinite(requestsPerSample) && requestsPerSample > 0
        ? Math.max(0.002, Math.min(0.25, 1 / requestsPerSample))
        : 0.005)
    );
  }
  const range = quantile(baseline, 0.99) - quantile(baseline, 0.01);
  return Math.max(0.02 * middle, 0.05 * range, 1e-9);
}

/** Counted requests scatter by the square root of their number (Poisson); on the logarithmic axis by its inverse. */
function countingNoise(semantics: MetricSemantics, count: number): number {
  return semantics.metricClass === 'traffic' ? 1 / Math.sqrt(Math.max(1, count)) : 0;
}

/** Spread assumed before anything is known of a series. */
function priorSpread(series: SeriesWindow, semantics: MetricSemantics, middle: number, floor: number): number {
  if (semantics.scale === 'share') return Math.max(floor, Math.abs(middle) * 0.005);
  const tail = statisticKind(series) === 'tail';
  if (semantics.scale === 'log') return tail ? 0.5 : 0.2;
  return Math.max(floor, Math.abs(middle) * 0.1);
}

/**
 * Measures one series' change against its own normal. Compares the worst run of half the fault window with the present
 * level: the baseline's median, moved towards the samples just before the fault as far as these have left it (a
 * baseline may be months old). The deviation is divided by how far the series' quiet stretches of the same length
 * wander, so a restless series needs more. `requestsPerSample` sets the counting noise of shares; NaN when unknown.
 */
export function measureChange(series: SeriesWindow, window: CaseWindow, requestsPerSample: number): SeriesChange {
  const semantics = metricSemantics(series.metric);
  const baseline = inTimeOrder(series.baseline);
  const fault = inTimeOrder(series.fault);
  const sorted = sortedFinite(baseline.values);
  const axis = axisFor(semantics, sorted);
  const quiet = { series, semantics, deviation: 0, severity: 0, onsetMs: null, baselineCount: sorted.length };
  if (fault.values.length === 0 || sorted.length === 0) {
    const reference = quantile(sorted, 0.5);
    const now = quantile(sortedFinite(fault.values), 0.5);
    const appeared = sorted.length === 0 && fault.values.length > 0;
    return {
      ...quiet,
      before: reference,
      after: now,
      reference,
      appeared,
      vanished: sorted.length > 0 && fault.values.length === 0,
    };
  }
  const past = baseline.values.map(axis.toAxis);
  const now = fault.values.map(axis.toAxis);
  const guarded = Math.min(now.length, Math.floor(GUARD_SHARE * past.length));
  const quietPast = past.subarray(0, past.length - guarded);
  const pastSorted = quietPast.toSorted();
  const middle = quantile(pastSorted, 0.5);
  const floor = spreadFloor(semantics, sortedFinite(baseline.values.subarray(0, quietPast.length)), requestsPerSample);
  const prior = priorSpread(series, semantics, middle, floor);
  const seen = Math.max(floor, robustSpread(pastSorted));
  const weight = PRIOR_SAMPLES / (PRIOR_SAMPLES + Math.max(0, past.length - 1));
  const usual = Math.sqrt(weight * prior ** 2 + (1 - weight) * seen ** 2);

  const recentFromMs = window.faultFromMs - Math.max(window.faultToMs - window.faultFromMs, 1);
  const [recentFrom, recentTo] = [
    firstAt(baseline.timesMs, recentFromMs),
    firstAt(baseline.timesMs, window.faultFromMs - (lastGap(baseline.timesMs) < LATENESS_MS ? LATENESS_MS : 0)),
  ];
  const recent = past.subarray(recentFrom, recentTo);
  const recentMiddle = recent.length > 0 ? quantile(sortedFinite(recent), 0.5) : middle;
  const calm = Math.max(usual, countingNoise(semantics, axis.fromAxis(Math.min(middle, recentMiddle))));
  const drift = ((recentMiddle - middle) / calm) ** 2 * recent.length;
  const trust = drift / (drift + 4);
  const reference = middle + (recentMiddle - middle) * trust;
  // A level that moved since the baseline is known only from the few samples before the fault, and so is its spread.
  const spread = Math.hypot(
    calm,
    recent.length === 0 ? 0 : (trust * calm) / Math.sqrt(recent.length),
    DRIFT_DOUBT * trust * (recentMiddle - middle),
  );

  const run = Math.min(RUN_MAX, Math.max(1, Math.ceil(now.length / 2)));
  const runs = extremeRuns(now, 0, now.length, run);
  const tail = ownTail(quietPast, middle, calm, { count: now.length, run });
  const up = ((runs.high - reference) / spread) * (NORMAL_Q98 / Math.max(1.4, tail.up));
  const down = ((reference - runs.low) / spread) * (NORMAL_Q98 / Math.max(1.4, tail.down));
  const bad = semantics.bad === 'up' ? up : semantics.bad === 'down' ? down : Math.max(up, down);
  // The numbers told are those of the bad direction; of a series that only moved the harmless way, those of that move.
  const upward = semantics.bad === 'both' || bad <= 1 ? up >= down : semantics.bad === 'up';
  const level = upward ? runs.high : runs.low;
  const half = reference + (level - reference) / 2;
  const onset = now.findIndex((value) => (upward ? value >= half : value <= half));
  return {
    series,
    semantics,
    before: axis.fromAxis(reference),
    after: axis.fromAxis(level),
    deviation: Math.min(DEVIATION_MAX, Math.max(0, upward ? up : down)) * (upward ? 1 : -1),
    severity: Math.min(SEVERITY_MAX, Math.max(0, bad)),
    onsetMs: onset >= 0 && bad > 1 ? (fault.timesMs[onset] ?? null) : null,
    baselineCount: sorted.length,
    vanished: false,
    appeared: false,
    reference: axis.fromAxis(reference),
  };
}
