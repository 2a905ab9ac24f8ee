import type { Anomaly, AnomalyEvent, SeriesRef, TenantId } from '@heliosiq/model';
import { anomalyIdOf } from '@heliosiq/model/content-id.ts';
import type { Episode, EpisodeStep } from './anomaly-episode.ts';
import { explain } from './explanation.ts';

/** Name under which this detector's anomalies are told apart from those of others. */
export const seriesDetector = 'series-model';

const eventKinds = {
  opened: 'anomaly-opened',
  updated: 'anomaly-updated',
  closed: 'anomaly-closed',
} as const satisfies Record<NonNullable<EpisodeStep['change']>['kind'], AnomalyEvent['kind']>;

/** What a change of an episode is as an event of the topic `anomalies`. */
export function anomalyEventOf(
  whose: { readonly tenantId: TenantId; readonly series: SeriesRef; readonly threshold: number },
  change: NonNullable<EpisodeStep['change']>,
): AnomalyEvent {
  return { kind: eventKinds[change.kind], anomaly: anomalyOf(whose, change.episode) };
}

function anomalyOf(
  {
    tenantId,
    series,
    threshold,
  }: { readonly tenantId: TenantId; readonly series: SeriesRef; readonly threshold: number },
  episode: Episode,
): Anomaly {
  const { value, expected, lower, upper, deviation, sentence } = explain(
    { metric: series.metric, labels: series.labels, asset: series.asset, unit: series.unit },
    episode,
  );
  return {
    id: anomalyIdOf(series.id, seriesDetector, episode.startedAtMs),
    tenantId,
    revision: episode.revision,
    status: episode.endedAtMs === undefined ? 'open' : 'closed',
    series,
    detector: seriesDetector,
    startedAt: episode.startedAtMs,
    peakAt: episode.peakAtMs,
    lastSeenAt: episode.lastSeenAtMs,
    ...(episode.endedAtMs === undefined ? {} : { endedAt: episode.endedAtMs }),
    score: episode.score,
    threshold,
    value,
    expected,
    lower,
    upper,
    deviation,
    direction: episode.direction,
    baseline: {
      kind: episode.baseline.kind,
      from: episode.baseline.fromMs,
      to: episode.baseline.toMs,
      samples: episode.baseline.samples,
    },
    explanation: sentence,
  };
}
