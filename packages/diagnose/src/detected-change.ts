import type { Detection, SeriesWindow } from './casefile.ts';
import type { SeriesChange } from './change-strength.ts';
import { metricSemantics } from './metric-semantics.ts';
import { labelsKey } from './series-key.ts';

/** Squared deviations of a normal distribution per decade of surprise, as far out in its tail: 2 ln 10. */
const SQUARES_PER_DECADE = 2 * Math.LN10;

/**
 * An unusual level lies at least so many standard deviations off, little for a slow drift; else it is the pattern that is unusual.
 */
const LEVEL_MOVED = 0.5;

/** True when a metric's level went the way that hurts, such as latency that rose. */
export function hurts({ metric, deviation }: Pick<Detection, 'metric' | 'deviation'>): boolean {
  const { bad } = metricSemantics(metric);
  return Math.abs(deviation) >= LEVEL_MOVED && (bad === 'both' || (bad === 'up') === deviation > 0);
}

/** The deviation of a normal distribution that is as surprising, in standard deviations. */
export function severityOfDecades(surpriseDecades: number): number {
  return Math.sqrt(SQUARES_PER_DECADE * Math.max(0, surpriseDecades));
}

/**
 * Takes the word of a detector where it saw more than the comparison with the past did: it knows trend and season, so that a
 * reading that is usual for the year but not for the hour counts. Traffic is left as it is, for it moves with every caller.
 */
export function withDetection(change: SeriesChange, detection: Detection | undefined): SeriesChange {
  if (detection === undefined || !hurts(detection) || change.semantics.metricClass === 'traffic') return change;
  const severity = severityOfDecades(detection.surpriseDecades);
  if (severity <= change.severity) return change;
  const isUp = detection.deviation > 0;
  // A drift shows better against the past than in its last sample.
  const isToldByPast =
    isUp === change.deviation > 0 &&
    Math.abs(change.after - change.before) >= Math.abs(detection.value - detection.expected);
  return {
    ...change,
    severity,
    deviation: isUp ? severity : -severity,
    ...(isToldByPast ? {} : { before: detection.expected, after: detection.value }),
    onsetMs: change.onsetMs === null ? detection.startedMs : Math.min(change.onsetMs, detection.startedMs),
  };
}

/** The most surprising detection of each series, by {@link labelsKey} of the series. */
export function detectionsBySeries(detections: readonly Detection[]): (series: SeriesWindow) => Detection | undefined {
  const strongest = new Map<string, Detection>();
  for (const detection of detections) {
    const key = labelsKey(detection);
    const known = strongest.get(key);
    if (known === undefined || detection.surpriseDecades > known.surpriseDecades) strongest.set(key, detection);
  }
  return (series) => strongest.get(labelsKey(series));
}

/** Decades of surprise above the detector's bar that speak for trouble that hurts: the best of each asset, summed. */
export function pooledDecades(detections: readonly Detection[]): number {
  const byAsset = new Map<string, number>();
  for (const detection of detections) {
    if (!hurts(detection) || metricSemantics(detection.metric).metricClass === 'traffic') continue;
    byAsset.set(detection.asset, Math.max(byAsset.get(detection.asset) ?? 0, detection.excessDecades));
  }
  return [...byAsset.values()].reduce((sum, decades) => sum + decades, 0);
}
