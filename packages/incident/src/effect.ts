import type { Anomaly } from '@heliosiq/model';
import { metricFamily } from './metric-family.ts';

const secondsPerUnit: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9, min: 60 };

const unitNames: Readonly<Record<string, string>> = {
  seconds: 's',
  milliseconds: 'ms',
  microseconds: 'us',
  nanoseconds: 'ns',
};

/** A rise of latency below these is not felt by anybody, however unlikely it was. */
const feltSecondsMin = 0.001;
const feltDoublingsMin = Math.log2(1.2);

/** Detectors whose numbers are of time that is left or passed: where the metric went says nothing about whom it hurts. */
const detectorsOfTime: ReadonlySet<string> = new Set(['silence', 'forecast', 'stuck-sensor']);

/** True of what is trouble in itself: a device that is silent, a disk that will be full, a job that did not use its processor. */
export function isTroubleItself({ detector, series }: Anomaly): boolean {
  if (detector === 'missed-job') return metricFamily(series.metric).family === 'resource';
  return detectorsOfTime.has(detector);
}

/** True when the metric went where nobody is hurt: latency, errors or a backlog that fell, availability that rose. */
export function isHarmless(anomaly: Anomaly): boolean {
  if (isTroubleItself(anomaly)) return false;
  const { series, direction } = anomaly;
  const { family, hurts } = metricFamily(series.metric);
  // An idle processor is no relief by itself: what used it may be down.
  return hurts !== undefined && hurts !== direction && family !== 'resource';
}

/** True when users can feel it at all; of families other than latency and errors every harm counts. */
export function isFelt(anomaly: Anomaly): boolean {
  if (isHarmless(anomaly)) return false;
  if (metricFamily(anomaly.series.metric).family !== 'latency') return true;
  return doublings(anomaly) >= feltDoublingsMin && (addedSeconds(anomaly) ?? Infinity) >= feltSecondsMin;
}

/**
 * What the size of an effect adds to its evidence, in decades: from 1 percentage point of requests that fail more than
 * usual (0) over 5 (1.2) to 2 at most; from latency that grew by half (0) over a tripling (1) to 1.5 at most, unless it
 * was a blip: single slow requests make those all day long.
 */
export function effectDecades(anomaly: Anomaly, lasts: boolean): number {
  if (!isFelt(anomaly)) return 0;
  const points = failingPoints(anomaly);
  if (points !== undefined) return points < 1 ? 0 : Math.min(2, 1.2 * (Math.log(points) / Math.log(5)) ** 2);
  if (metricFamily(anomaly.series.metric).family !== 'latency') return 0;
  return lasts ? Math.min(1.5, Math.max(0, doublings(anomaly) - 0.585)) : 0;
}

/**
 * How much users feel it, in decades from what is barely felt: a tenth of a percentage point of failing requests or a
 * millisecond. Where the unit is unknown, latency counts by its doublings; metrics of other families count as one.
 */
export function feltDecades(anomaly: Anomaly): number {
  if (!isFelt(anomaly)) return 0;
  const points = failingPoints(anomaly);
  if (points !== undefined) return decadesWithin(points / 0.1);
  if (metricFamily(anomaly.series.metric).family !== 'latency') return 1;
  const seconds = addedSeconds(anomaly);
  return seconds === undefined ? Math.min(3, 2 * doublings(anomaly)) : decadesWithin(seconds / feltSecondsMin);
}

/** How often the expected value was doubled or halved; 1 where a ratio says nothing. */
export function doublings({ value, expected }: Anomaly): number {
  return value > 0 && expected > 0 ? Math.abs(Math.log2(value / expected)) : 1;
}

/** Percentage points of requests that fail beyond the usual; undefined when the metric is no share of requests. */
export function failingPoints({ series, value, expected }: Anomaly): number | undefined {
  if (metricFamily(series.metric).family !== 'errors') return undefined;
  const points = Math.abs(value - expected);
  if (series.unit === '%') return points;
  if (series.unit !== undefined && series.unit !== '' && series.unit !== '1') return undefined;
  const largest = Math.max(Math.abs(value), Math.abs(expected));
  if (/availab|success|apdex|uptime|rate|ratio|share/i.test(series.metric) && largest <= 1) return 100 * points;
  return /availab|success|uptime|percent|pct/i.test(series.metric) && largest <= 100 ? points : undefined;
}

/** Seconds by which latency exceeds the usual; undefined when its unit is unknown. */
function addedSeconds({ series, value, expected }: Anomaly): number | undefined {
  const named = /_(seconds|milliseconds|microseconds|nanoseconds|ms|us|ns)$/.exec(series.metric)?.[1];
  const unit = series.unit ?? (named === undefined ? undefined : (unitNames[named] ?? named));
  const factor = unit === undefined ? undefined : secondsPerUnit[unit];
  return factor === undefined ? undefined : Math.abs(value - expected) * factor;
}

function decadesWithin(ratio: number): number {
  return Math.min(4, Math.max(0.1, Math.log10(Math.max(ratio, 1))));
}
