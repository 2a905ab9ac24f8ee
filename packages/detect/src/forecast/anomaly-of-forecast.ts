import type { Anomaly, AnomalyEvent, SeriesRef, TenantId } from '@heliosiq/model';
import { anomalyIdOf } from '@heliosiq/model/content-id.ts';
import { measureWords } from '@heliosiq/model/measure-words.ts';
import { durationWords } from '../duration-words.ts';
import { eventKinds } from '../event-of-change.ts';
import type { ForecastChange } from './forecast-watch.ts';

/** Name under which forecasts are told apart from what other detectors find. */
export const forecastDetector = 'forecast';

const toldDecades = 3.2;
const daySeconds = 86_400;

/** What a change of a forecast is as an event of the topic `anomalies`. */
export function anomalyEventOfForecast(tenantId: TenantId, change: ForecastChange, series: SeriesRef): AnomalyEvent {
  return { kind: eventKinds[change.kind], anomaly: anomalyOf(tenantId, change, series) };
}

function anomalyOf(tenantId: TenantId, change: ForecastChange, series: SeriesRef): Anomaly {
  const { startedAt, toldAt, endedAt, horizonMs } = change;
  const value = secondsOf(change.inMs);
  const expected = secondsOf(horizonMs);
  const lower = secondsOf(change.soonestMs);
  const upper = secondsOf(Math.min(change.latestMs, 10 * horizonMs));
  const urgency = Math.log2(Math.max(1, expected / Math.max(1, value)));
  return {
    id: anomalyIdOf(series.id, forecastDetector, startedAt),
    tenantId,
    revision: change.revision,
    status: endedAt === undefined ? 'open' : 'closed',
    // The numbers are seconds that are left, and so they are named.
    series: { ...series, metric: `time until ${series.metric} is used up`, unit: 's' },
    detector: forecastDetector,
    startedAt,
    peakAt: toldAt,
    lastSeenAt: toldAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    score: 1 - 10 ** -Math.min(15, toldDecades + 3 + urgency),
    threshold: 1 - 10 ** -toldDecades,
    ...{ value, expected, lower, upper },
    deviation: -Number(Math.min(1e6, expected / Math.max(1, value)).toFixed(1)),
    direction: 'down',
    baseline: { kind: 'trend', from: change.baselineFrom, to: toldAt, samples: change.points },
    explanation: sentenceOf(change, series, { value, expected, lower, upper }),
  };
}

function sentenceOf(
  change: ForecastChange,
  series: SeriesRef,
  { value, expected, lower, upper }: { value: number; expected: number; lower: number; upper: number },
): string {
  const seen = measureWords(change.value, series.unit).text;
  const end = measureWords(change.end, series.unit).text;
  const subject = `${series.metric} of ${series.asset}`;
  const words =
    change.endedAt === undefined
      ? `${subject} is ${seen} and reaches ${end} in about ${durationWords(value)} (between ${durationWords(lower)} and ${durationWords(upper)}, ` +
        `by its trend over the last ${durationWords((change.points * (change.toldAt - change.baselineFrom)) / change.points / 1000)}); told from ${durationWords(expected)} on.`
      : `${subject} is ${seen} and does not reach ${end} soon any more.`;
  return words.replaceAll('"', "'");
}

/** Seconds, rounded once to what the sentence says: hours where there are days, else minutes. */
function secondsOf(ms: number): number {
  const seconds = ms / 1000;
  const grain = seconds >= 2 * daySeconds ? 3600 : 60;
  return Math.max(grain, Math.round(seconds / grain) * grain);
}
