import type { Casefile, RecordedChange, SeriesWindow, TopologyEdge } from '../casefile.ts';
import { seededRandom } from '../seeded-random.ts';

const MINUTE_MS = 60_000;
const BASELINE_MINUTES = 240;
const FAULT_MINUTES = 20;
/** Start of the fault window of every fixture, milliseconds. */
export const FAULT_FROM_MS = 1_700_000_040_000;

/** One series: noise of 5% around `level`, and from `onsetMinute` of the fault window on around `faultLevel`. */
export interface SeriesSpec {
  readonly asset: string;
  readonly metric: string;
  readonly statistic?: string;
  readonly level: number;
  readonly faultLevel?: number;
  readonly onsetMinute?: number;
  readonly noise?: number;
  /** Offset of the baseline's clock, for a baseline from another season. */
  readonly baselineShiftMs?: number;
  readonly baselineMinutes?: number;
  readonly silentDuringFault?: boolean;
}

/** Builds one series with noise that depends on its names alone. */
export function seriesOf(spec: SeriesSpec): SeriesWindow {
  const random = seededRandom(
    Array.from(`${spec.asset}/${spec.metric}/${spec.statistic ?? ''}`).reduce(
      (sum, letter) => sum * 31 + letter.charCodeAt(0),
      7,
    ),
  );
  const noisy = (level: number): number =>
    level * (1 + (spec.noise ?? 0.05) * (random() + random() + random() - 1.5) * 2);
  const minutes = spec.baselineMinutes ?? BASELINE_MINUTES;
  const times = (count: number, fromMs: number): Float64Array =>
    new Float64Array(count).map((_, index) => fromMs + index * MINUTE_MS);
  const baselineTimes = times(minutes, FAULT_FROM_MS - minutes * MINUTE_MS + (spec.baselineShiftMs ?? 0));
  const faultTimes = times(spec.silentDuringFault === true ? 0 : FAULT_MINUTES, FAULT_FROM_MS);
  return {
    asset: spec.asset,
    metric: spec.metric,
    ...(spec.statistic === undefined ? {} : { statistic: spec.statistic }),
    baseline: { timesMs: baselineTimes, values: baselineTimes.map(() => noisy(spec.level)) },
    fault: {
      timesMs: faultTimes,
      values: faultTimes.map((_, minute) =>
        noisy(minute >= (spec.onsetMinute ?? 3) ? (spec.faultLevel ?? spec.level) : spec.level),
      ),
    },
  };
}

/** A casefile around a list of series; the window is the fixtures' own. */
export function casefileOf(parts: {
  readonly series: readonly SeriesSpec[];
  readonly edges?: readonly TopologyEdge[];
  readonly changes?: readonly RecordedChange[];
  readonly target?: { readonly asset: string; readonly metric?: string };
}): Casefile {
  return {
    ...(parts.target === undefined ? {} : { target: parts.target }),
    window: {
      baselineFromMs: FAULT_FROM_MS - BASELINE_MINUTES * MINUTE_MS,
      faultFromMs: FAULT_FROM_MS,
      faultToMs: FAULT_FROM_MS + FAULT_MINUTES * MINUTE_MS,
    },
    series: parts.series.map(seriesOf),
    edges: parts.edges ?? [],
    changes: parts.changes ?? [],
  };
}

/** `a -> b` as an edge of calls. */
export function calls(from: string, to: string): TopologyEdge {
  return { from, to, kind: 'calls' };
}

/** Latency and traffic of a service, the usual pair. */
export function service(
  asset: string,
  level: number,
  options: { readonly faultLevel?: number; readonly requests?: number; readonly onsetMinute?: number } = {},
): SeriesSpec[] {
  const { faultLevel, requests = 100, onsetMinute } = options;
  return [
    {
      asset,
      metric: 'latency',
      statistic: 'Average',
      level,
      ...(faultLevel === undefined ? {} : { faultLevel }),
      ...(onsetMinute === undefined ? {} : { onsetMinute }),
    },
    { asset, metric: 'requests', statistic: 'Sum', level: requests, noise: 0.02 },
  ];
}
