import type { SeriesWindow } from './casefile.ts';

/** What a metric measures, as far as a diagnosis cares. */
export type MetricClass =
  | 'latency'
  | 'errors'
  | 'traffic'
  | 'cpu'
  | 'memory'
  | 'disk'
  | 'network'
  | 'saturation'
  | 'sensor'
  | 'unknown';

/** How to read one metric's values. */
export interface MetricSemantics {
  readonly metricClass: MetricClass;
  /** Direction of trouble: `up` is bad, `down` is bad, or `both` may be. */
  readonly bad: 'up' | 'down' | 'both';
  /** `log`: ratios matter; `share`: a part of all requests; `linear`: differences matter. */
  readonly scale: 'log' | 'share' | 'linear';
}

interface SemanticsRow extends MetricSemantics {
  readonly pattern: RegExp;
}

/** First match wins, so the narrow words stand above the broad ones. */
const SEMANTICS: readonly SemanticsRow[] = [
  { pattern: /availab|success|apdex|uptime/, metricClass: 'errors', bad: 'down', scale: 'share' },
  {
    pattern: /(error|fault|failure|5xx|4xx|exception).*(rate|ratio|percent|share|pct)/,
    metricClass: 'errors',
    bad: 'up',
    scale: 'share',
  },
  {
    pattern: /error|fault|fail|5xx|4xx|exception|reject|timeout|throttle|drop/,
    metricClass: 'errors',
    bad: 'up',
    scale: 'linear',
  },
  {
    pattern: /queue|backlog|lag|pending|depth|saturation|inflight|connections/,
    metricClass: 'saturation',
    bad: 'up',
    scale: 'log',
  },
  {
    pattern: /latency|duration|response_?time|elapsed|delay|_lat_|^lat$/,
    metricClass: 'latency',
    bad: 'up',
    scale: 'log',
  },
  { pattern: /cpu|processor|load_?(avg|1|5|15)\b/, metricClass: 'cpu', bad: 'up', scale: 'linear' },
  { pattern: /mem|heap|rss|oom|swap/, metricClass: 'memory', bad: 'up', scale: 'linear' },
  {
    pattern: /disk|iops|filesystem|(^|_)fs_|(^|[._])io[._]|storage|volume|diskio/,
    metricClass: 'disk',
    bad: 'up',
    scale: 'linear',
  },
  { pattern: /network|bytes_(in|out)|packet|bandwidth|tx_|rx_/, metricClass: 'network', bad: 'both', scale: 'linear' },
  {
    pattern: /request|traffic|rps|qps|tps|throughput|invocation|hits|calls|workload/,
    metricClass: 'traffic',
    bad: 'both',
    scale: 'log',
  },
  {
    pattern: /temperature|pressure|vibration|voltage|current|flow|humidity|rpm|torque|accelero|thermocouple/,
    metricClass: 'sensor',
    bad: 'both',
    scale: 'linear',
  },
];

const UNKNOWN: MetricSemantics = { metricClass: 'unknown', bad: 'both', scale: 'linear' };

/** Reads a metric's meaning from its name alone; a name that says nothing gives class `unknown`. */
export function metricSemantics(metric: string): MetricSemantics {
  const name = metric.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return SEMANTICS.find((row) => row.pattern.test(name)) ?? UNKNOWN;
}

/** Kind of statistic a series holds, from its `statistic`, its label of that name, or its metric's name. */
export function statisticKind(
  series: Pick<SeriesWindow, 'metric' | 'statistic' | 'labels'>,
): 'mean' | 'sum' | 'median' | 'tail' | 'other' {
  const text = `${series.statistic ?? series.labels?.['statistic'] ?? ''} ${series.metric}`.toLowerCase();
  if (/\bp?(9\d(\.\d+)?|99\d)\b|p9\d|_9\d\b|max/.test(text)) return 'tail';
  if (/p50|median|_50\b/.test(text)) return 'median';
  if (/sum|count|total/.test(text)) return 'sum';
  if (/average|mean|avg/.test(text)) return 'mean';
  return 'other';
}

/** Factor that turns a duration into seconds, by unit or name suffix; 1 when neither tells. */
export function secondsPerUnit(metric: string, unit?: string): number {
  const text = (
    unit ??
    /(?:_|\b)(ms|milliseconds?|us|microseconds?|ns|nanoseconds?)$/i.exec(metric)?.[1] ??
    ''
  ).toLowerCase();
  if (/^(ms|millis)/.test(text)) return 1e-3;
  if (/^(us|µs|micros)/.test(text)) return 1e-6;
  if (/^(ns|nanos)/.test(text)) return 1e-9;
  return 1;
}
