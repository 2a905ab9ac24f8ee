import type { Anomaly, AnomalyEvent, SeriesRef, TenantId } from '@heliosiq/model';
import { anomalyIdOf } from '@heliosiq/model/content-id.ts';
import { measureWords } from '@heliosiq/model/measure-words.ts';
import { durationWords } from '../duration-words.ts';
import { eventKinds } from '../event-of-change.ts';
import type { StuckChange } from './stuck-watch.ts';

/** Name under which stuck sensors are told apart from what other detectors find. */
export const stuckDetector = 'stuck-sensor';

/** Decades of a run that is just told; one that is longer weighs more. Chosen, not measured. */
const toldDecades = 3.2;
const stuckDecades = 4.2;

/** What a stuck value, or its end, is as an event of the topic `anomalies`. */
export function anomalyEventOfStuck(tenantId: TenantId, change: StuckChange, series: SeriesRef): AnomalyEvent {
  return { kind: eventKinds[change.kind], anomaly: anomalyOf(tenantId, change, series) };
}

function anomalyOf(tenantId: TenantId, change: StuckChange, series: SeriesRef): Anomaly {
  const { startedAt, lastAt, endedAt, repeats, limit } = change;
  const value = measureWords(change.value, series.unit);
  const lower = measureWords(change.lowest, series.unit);
  const upper = measureWords(change.highest, series.unit);
  const ratio = Number.isFinite(limit) ? repeats / limit : 1;
  const labels = Object.entries(series.labels).map(([name, text]) => `${name} ${text}`);
  const name = `${series.metric}${labels.length === 0 ? '' : ` (${labels.join(', ')})`} of ${series.asset}`;
  const lasts = durationWords(Math.round((lastAt - startedAt) / 1000));
  const sentence =
    `${name} ${endedAt === undefined ? 'has been' : 'was'} exactly ${value.text} for ${lasts}, ${repeats + 1} samples in a row; ` +
    `before, ${Math.round(100 * change.lively)}% of its samples differed from the one before, and it repeated a value ` +
    `${change.longest} times at most (between ${lower.text} and ${upper.text}).`;
  return {
    id: anomalyIdOf(series.id, stuckDetector, startedAt),
    tenantId,
    revision: change.kind === 'opened' ? 1 : 2,
    status: endedAt === undefined ? 'open' : 'closed',
    series,
    detector: stuckDetector,
    startedAt,
    peakAt: lastAt,
    lastSeenAt: lastAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    score: 1 - 10 ** -Math.min(15, stuckDecades + Math.log10(Math.max(1, ratio))),
    threshold: 1 - 10 ** -toldDecades,
    value: value.value,
    expected: value.value,
    lower: lower.value,
    upper: upper.value,
    deviation: Number(Math.min(1e6, Math.max(1, ratio)).toFixed(1)),
    direction: 'up',
    baseline: {
      kind: 'repetitions',
      from: Math.min(change.firstAt, startedAt),
      to: startedAt,
      samples: Math.max(1, change.samples - repeats),
    },
    explanation: sentence.replaceAll('"', "'").replaceAll(/\s+/g, ' '),
  };
}
