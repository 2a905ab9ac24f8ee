import type {
  Anomaly,
  DismissalTuning,
  HolidayTuning,
  SensitivityLevel,
  SensitivityTuning,
  SeriesRef,
  Tuning,
} from '@heliosiq/model';
import { seriesDetector } from '../anomaly-of-episode.ts';

/** A level multiplies the decades of surprise that a detector needs before it speaks. */
const levelFactors: Readonly<Record<Exclude<SensitivityLevel, 'off'>, number>> = {
  lowest: 2,
  low: 1.4,
  normal: 1,
  high: 0.8,
  highest: 0.6,
};

/** The threshold of a level: a likelihood in [0, 1]. */
export function thresholdOf(level: SensitivityLevel, shipped: number): number {
  return level === 'off' || level === 'normal' ? shipped : 1 - (1 - shipped) ** levelFactors[level];
}

/** What is told and what is not, by what people said. */
export interface TuningRules {
  levelOf(series: SeriesRef): SensitivityLevel;
  /** The tuning that keeps an anomaly from being told. `usual` is where its series has been on any day of the week. */
  mutedBy(anomaly: Anomaly, usual?: UsualRange): Tuning | undefined;
  isHoliday(at: number): boolean;
}

/** Between which values a series usually is at some time of the week. */
export interface UsualRange {
  readonly lowest: number;
  readonly highest: number;
}

const decades = (likelihood: number): number => -Math.log10(Math.max(1 - likelihood, 1e-15));

/** @param tunings the newest first */
export function createTuningRules(tunings: readonly Tuning[]): TuningRules {
  const sensitivities = tunings
    .filter((one) => one.kind === 'sensitivity')
    .map((tuning) => ({ tuning, ...matcherOf(tuning) }));
  // The most specific first; a sort is stable, so of equal ones the newest.
  sensitivities.sort((a, b) => b.weight - a.weight);
  const dismissals = Map.groupBy(
    tunings.filter((one) => one.kind === 'dismissal'),
    (one) => one.seriesId,
  );
  const holidays = tunings.filter((one) => one.kind === 'holiday');

  function sensitivityOf(series: SeriesRef): SensitivityTuning | undefined {
    return sensitivities.find(({ matches }) => matches(series))?.tuning;
  }

  return {
    levelOf: (series) => sensitivityOf(series)?.level ?? 'normal',
    isHoliday: (at) => holidayAt(holidays, at) !== undefined,
    mutedBy(anomaly, usual) {
      const dismissed = dismissals.get(anomaly.series.id)?.find((one) => isAlike(one, anomaly));
      if (dismissed !== undefined) return dismissed;
      const tuning = sensitivityOf(anomaly.series);
      if (tuning?.level === 'off') return tuning;
      if (tuning !== undefined) {
        const needed = decades(anomaly.threshold) * levelFactors[tuning.level];
        // A series model with a level of its own has the level in its threshold already.
        if (anomaly.detector !== seriesDetector && tuning.level.startsWith('low') && decades(anomaly.score) < needed)
          return tuning;
      }
      const holiday = holidayAt(holidays, anomaly.peakAt);
      return holiday !== undefined && isQuiet(anomaly, usual) ? holiday : undefined;
    },
  };
}

const holidayAt = (holidays: readonly HolidayTuning[], at: number): HolidayTuning | undefined =>
  holidays.find(({ from, to }) => at >= from && at < to);

/** Whatever lies where the series is at some other time of the week is no news on a holiday; nor is a job that rests. */
function isQuiet({ detector, value }: Anomaly, usual: UsualRange | undefined): boolean {
  if (detector === 'missed-job') return true;
  return detector === seriesDetector && usual !== undefined && value >= usual.lowest && value <= usual.highest;
}

/** True for what looks like the anomaly that was dismissed: same series, detector and direction, and not clearly farther off. */
function isAlike(dismissal: DismissalTuning, { detector, direction, deviation, series }: Anomaly): boolean {
  return (
    dismissal.detector === detector &&
    dismissal.direction === direction &&
    dismissal.metric === series.metric &&
    Math.abs(deviation) <= dismissal.deviationMax
  );
}

function matcherOf({ seriesId, asset, metric }: SensitivityTuning) {
  const assetPattern = patternOf(asset);
  const metricPattern = patternOf(metric);
  return {
    weight: (seriesId === undefined ? 0 : 4) + (asset === undefined ? 0 : 2) + (metric === undefined ? 0 : 1),
    matches: (series: SeriesRef): boolean =>
      (seriesId === undefined || series.id === seriesId) &&
      (assetPattern?.test(series.asset) ?? true) &&
      (metricPattern?.test(series.metric) ?? true),
  };
}

/** A name with `*` for any characters as an expression without backtracking of more than one star's worth. */
function patternOf(name: string | undefined): { test(text: string): boolean } | undefined {
  if (name === undefined) return undefined;
  const parts = name.split('*');
  if (parts.length === 1) return { test: (text) => text === name };
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  return {
    test(text) {
      if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
      let at = first.length;
      for (const part of rest) {
        const found = text.indexOf(part, at);
        if (found === -1) return false;
        at = found + part.length;
      }
      return at <= text.length - last.length;
    },
  };
}
