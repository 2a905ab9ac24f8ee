import type { Casefile, SeriesWindow } from './casefile.ts';
import { median, robustSpread, sortedFinite } from './robust-statistics.ts';
import { inTimeOrder } from './time-order.ts';

/** People, and alerts with a patience of their own, notice a fault this late at most; what began earlier is how things were. */
const LATENESS_MAX_MS = 30 * 60_000;
/** No more than this part of the past is taken for the fault: the rest has to tell what is normal. */
const LATE_SHARE_MAX = 0.25;
/** A sample is far from normal from so many spreads on. */
const FAR_SPREADS = 8;
/** Part of the level that a spread has at least, so that a series that never moved does not make a trifle far. */
const SPREAD_FLOOR_SHARE = 0.02;
/** So many far samples in a row lie before the fault was noticed at least: fewer do not hide what is normal. */
const RUN_MIN = 3;

/** When one series left its normal for good, before the fault was noticed; undefined where it did not. */
function onsetOf({ baseline, fault }: SeriesWindow, earliestMs: number): number | undefined {
  const past = inTimeOrder(baseline);
  const quietCount = past.timesMs.findIndex((time) => time >= earliestMs);
  const first = inTimeOrder(fault).values[0];
  if (quietCount <= 0 || first === undefined) return undefined;
  const quiet = sortedFinite(past.values.subarray(0, quietCount));
  const level = median(quiet);
  const spread = Math.max(robustSpread(quiet), SPREAD_FLOOR_SHARE * Math.abs(level));
  const sideOf = (value: number): number =>
    Math.abs(value - level) > FAR_SPREADS * spread ? Math.sign(value - level) : 0;
  const side = sideOf(first);
  if (side === 0 || !(spread > 0)) return undefined;
  let begin = past.values.length;
  while (begin > quietCount && sideOf(past.values[begin - 1] ?? level) === side) begin -= 1;
  return past.values.length - begin >= RUN_MIN ? past.timesMs[begin] : undefined;
}

function joined(earlier: Float64Array, later: Float64Array): Float64Array {
  const all = new Float64Array(earlier.length + later.length);
  all.set(earlier);
  all.set(later, earlier.length);
  return all;
}

function startingAt({ baseline, fault, ...named }: SeriesWindow, onsetMs: number): SeriesWindow {
  const past = inTimeOrder(baseline);
  const found = past.timesMs.findIndex((time) => time >= onsetMs);
  if (found < 0) return { ...named, baseline, fault };
  return {
    ...named,
    baseline: { timesMs: past.timesMs.subarray(0, found), values: past.values.subarray(0, found) },
    fault: {
      timesMs: joined(past.timesMs.subarray(found), fault.timesMs),
      values: joined(past.values.subarray(found), fault.values),
    },
  };
}

/**
 * The casefile with its fault window from where the fault began, if it was noticed minutes late: what a fault did before that
 * would else count as normal, and hide it. It began where the first series left its normal for a stretch that goes on in the
 * window; half an hour and a quarter of the past earlier at most. Where a detector speaks, its window stands as it is.
 */
export function fromOnset(casefile: Casefile): Casefile {
  const { window, series, detections = [] } = casefile;
  if (detections.length > 0) return casefile;
  const pastMs = window.faultFromMs - window.baselineFromMs;
  const earliestMs = window.faultFromMs - Math.min(LATENESS_MAX_MS, LATE_SHARE_MAX * pastMs);
  const onsets = series.map((one) => onsetOf(one, earliestMs) ?? window.faultFromMs);
  const onsetMs = onsets.reduce((least, one) => Math.min(least, one), window.faultFromMs);
  if (onsetMs === window.faultFromMs) return casefile;
  return {
    ...casefile,
    window: { ...window, faultFromMs: onsetMs },
    series: series.map((one) => startingAt(one, onsetMs)),
  };
}
