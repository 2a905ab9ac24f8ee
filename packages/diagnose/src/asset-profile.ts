import type { AssetAnomaly, CaseWindow, Detection, Points, SeriesWindow } from './casefile.ts';
import { measureChange, type SeriesChange } from './change-strength.ts';
import { severityOfDecades, withDetection } from './detected-change.ts';
import { metricSemantics, secondsPerUnit, statisticKind, type MetricClass } from './metric-semantics.ts';
import { median } from './robust-statistics.ts';
import { inTimeOrder } from './time-order.ts';

/** What one asset did during the fault, over all its series. */
export interface AssetProfile {
  readonly asset: string;
  /** Every change measured, the most severe first. */
  readonly changes: readonly SeriesChange[];
  /** Severity per metric class: the best of its series, supported by the others. */
  severity(metricClass: MetricClass): number;
  /** The change that carries a class; undefined when the asset has no such metric. */
  strongest(metricClass: MetricClass): SeriesChange | undefined;
  /**
   * Extra pain of a class summed over the fault window: seconds for latency, failed requests for errors.
   * Undefined where no suitable series exists.
   */
  excess(metricClass: 'latency' | 'errors'): number | undefined;
  /** Samples of its longest series during the fault. */
  readonly faultSamples: number;
  /** Normal requests per sample; NaN when the asset counts none. */
  readonly requests: number;
  /** Its traffic appeared during the fault and was never seen before. */
  readonly appeared: boolean;
  /** It used to speak and said nothing during the fault. */
  readonly vanished: boolean;
  /** How surely a detector says that the whole asset fell silent, in robust standard deviations; 0 when none does. */
  readonly silence: number;
}

/**
 * Severity over the several statistics of one class: the mean counts fully; a tail less, for single outliers make it; a
 * median only as far as the mean moves with it, for a median of few requests jumps.
 */
function classSeverity(changes: readonly SeriesChange[]): number {
  const worst = new Map<string, number>();
  for (const change of changes) {
    const kind = statisticKind(change.series);
    worst.set(kind, Math.max(worst.get(kind) ?? 0, change.severity));
  }
  const mean = worst.get('mean');
  const median = (worst.get('median') ?? 0) * 0.85;
  return Math.max(
    mean ?? 0,
    worst.get('sum') ?? 0,
    worst.get('other') ?? 0,
    (worst.get('tail') ?? 0) * 0.7,
    mean === undefined ? median : Math.min(median, 1.5 * mean + 1),
  );
}

function requestsAt(points: Points | undefined, normal: number): (atMs: number) => number {
  const byTime = new Map<number, number>();
  points?.timesMs.forEach((atMs, index) => byTime.set(atMs, points.values[index] ?? Number.NaN));
  return (atMs) => {
    const value = byTime.get(atMs) ?? normal;
    return Number.isFinite(value) ? value : 1;
  };
}

function isPositive(value: number): boolean {
  return value > 0;
}

const STATISTIC_ORDER = ['mean', 'other', 'median', 'tail', 'sum'];

/** What the profiles of one case have in common. */
export interface ProfileFrame {
  readonly window: CaseWindow;
  /** What a detector says of a series. */
  readonly detectionOf: (series: SeriesWindow) => Detection | undefined;
  /** What detectors say of whole assets. */
  readonly assetAnomalies?: readonly AssetAnomaly[];
}

/** Builds the profile of one asset from its series. */
export function assetProfile(
  asset: string,
  series: readonly SeriesWindow[],
  { window, detectionOf, assetAnomalies = [] }: ProfileFrame,
): AssetProfile {
  const name = (one: SeriesWindow): string =>
    `${one.metric}\u0000${one.statistic ?? ''}\u0000${JSON.stringify(one.labels ?? {})}`;
  const ordered = [...series].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
  const traffic = ordered.find((one) => metricSemantics(one.metric).metricClass === 'traffic');
  const requests = traffic === undefined ? Number.NaN : median(traffic.baseline.values);
  const changes = ordered.map((one) => withDetection(measureChange(one, window, requests), detectionOf(one)));
  const byClass = Map.groupBy(changes, (change) => change.semantics.metricClass);
  const callsAt = requestsAt(traffic?.fault, requests);

  const excess = (metricClass: 'latency' | 'errors'): number | undefined => {
    const candidates = (byClass.get(metricClass) ?? []).filter((change) => Number.isFinite(change.reference));
    const rank = (change: SeriesChange): number => STATISTIC_ORDER.indexOf(statisticKind(change.series));
    const main = candidates.sort((a, b) => rank(a) - rank(b))[0];
    if (main === undefined) return undefined;
    // In time order, so that sums round the same way whatever order the samples came in.
    const { timesMs, values } = inTimeOrder(main.series.fault);
    const seconds = secondsPerUnit(main.series.metric, main.series.unit);
    const whole = main.semantics.scale === 'share' ? (main.reference <= 1 && main.after <= 1 ? 1 : 100) : 1;
    const sign = main.semantics.bad === 'down' ? -1 : 1;
    let sum = 0;
    values.forEach((value, index) => {
      if (!Number.isFinite(value)) return;
      const perRequest = sign * (value - main.reference) * (metricClass === 'latency' ? seconds : 1 / whole);
      sum += perRequest * (main.semantics.scale === 'linear' ? 1 : callsAt(timesMs[index] ?? Number.NaN));
    });
    return Math.max(0, sum);
  };
  const excesses = { latency: excess('latency'), errors: excess('errors') };
  const severities = new Map([...byClass].map(([metricClass, list]) => [metricClass, classSeverity(list)]));
  return {
    asset,
    changes: changes.toSorted((a, b) => b.severity - a.severity),
    severity: (metricClass) => severities.get(metricClass) ?? 0,
    strongest: (metricClass) => (byClass.get(metricClass) ?? []).toSorted((a, b) => b.severity - a.severity)[0],
    excess: (metricClass) => excesses[metricClass],
    faultSamples: series.reduce((most, one) => Math.max(most, one.fault.values.length), 0),
    requests,
    appeared:
      traffic !== undefined && !traffic.baseline.values.some(isPositive) && traffic.fault.values.some(isPositive),
    vanished: changes.length > 0 && changes.every((change) => change.vanished),
    silence: Math.max(
      0,
      ...assetAnomalies
        .filter((one) => one.asset === asset && one.kind === 'silence')
        .map(({ decades }) => severityOfDecades(decades)),
    ),
  };
}
