import { type Anomaly, type AnomalyEvent, type SeriesRef, type TenantId } from '@heliosiq/model';
import { anomalyIdOf } from '@heliosiq/model/content-id.ts';
import { measureWords } from '@heliosiq/model/measure-words.ts';
import { eventKinds } from '../event-of-change.ts';
import type { JobChange } from './job-watch.ts';

/** Name under which jobs that did not come are told apart from what other detectors find. */
export const jobDetector = 'missed-job';

const toldDecades = 3.2;
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** What a job that did not come, or came after all, is as an event of the topic `anomalies`. */
export function anomalyEventOfJob(tenantId: TenantId, change: JobChange, series: SeriesRef): AnomalyEvent {
  return { kind: eventKinds[change.kind], anomaly: anomalyOf(tenantId, change, series) };
}

function anomalyOf(tenantId: TenantId, change: JobChange, series: SeriesRef): Anomaly {
  const { dueAt, toldAt, endedAt, isSparse } = change;
  const value = measureWords(change.value, series.unit);
  const expected = measureWords(isSparse ? change.value : change.peak, series.unit);
  const lower = measureWords(isSparse ? change.value : change.peak - change.height / 2, series.unit);
  const upper = measureWords(isSparse ? change.value : change.peak + change.height / 2, series.unit);
  const clock = new Date(dueAt).toISOString().slice(11, 16);
  const weekday = weekdays[new Date(dueAt).getUTCDay()] ?? 'day';
  const runs = `it ran on the last ${change.sameWeekdayRuns} ${weekday}${change.sameWeekdayRuns === 1 ? '' : 's'} and ${change.runs} times in all`;
  const name = `${series.metric} of ${series.asset}`;
  const past = endedAt === undefined ? 'has not come' : change.isLate ? 'came late' : 'did not come';
  const sentence = isSparse
    ? `The sample of ${name} that comes at about ${clock} UTC ${past} (${runs}); the last one was ${value.text}.`
    : `The rise of ${name} to about ${expected.text} at ${clock} UTC ${past} (${runs}); it is ${value.text}.`;
  return {
    id: anomalyIdOf(series.id, jobDetector, dueAt),
    tenantId,
    revision: change.kind === 'opened' ? 1 : 2,
    status: endedAt === undefined ? 'open' : 'closed',
    series,
    detector: jobDetector,
    startedAt: dueAt,
    peakAt: dueAt,
    lastSeenAt: Math.max(dueAt, toldAt),
    ...(endedAt === undefined ? {} : { endedAt }),
    score: 1 - 10 ** -(toldDecades + 4),
    threshold: 1 - 10 ** -toldDecades,
    value: value.value,
    expected: expected.value,
    lower: lower.value,
    upper: upper.value,
    deviation: -Number(
      Math.min(1e6, Math.max(1, Math.abs(change.height) / Math.max(1e-9, Math.abs(change.level)))).toFixed(1),
    ),
    direction: 'down',
    baseline: {
      kind: 'recurring-time',
      from: dueAt - Math.max(1, change.runs) * 86_400_000,
      to: dueAt,
      samples: change.runs,
    },
    explanation: sentence.replaceAll('"', "'").replaceAll(/\s+/g, ' '),
  };
}
