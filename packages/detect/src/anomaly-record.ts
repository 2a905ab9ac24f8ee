import type { Anomaly, AnomalyEvent, SeriesRef, TenantId } from '@heliosiq/model';
import { anomalyIdOf } from '@heliosiq/model/content-id.ts';
import type { NewRecord } from '@heliosiq/ports';
import type { Episode, EpisodeChange } from './anomaly-episode.ts';
import { explain } from './explanation.ts';

/** The name under which series models speak. */
export const SERIES_DETECTOR = 'series-model';

/** What an episode is an anomaly of. */
export interface AnomalyOwner {
  readonly tenantId: TenantId;
  readonly series: SeriesRef;
  readonly threshold: number;
}

/** An episode as the anomaly that people read: numbers rounded once, the sentence quoting exactly these. */
export function anomalyOf(owner: AnomalyOwner, episode: Episode): Anomaly {
  const { series } = owner;
  const { sentence, ...numbers } = explain(series, episode);
  return {
    id: anomalyIdOf(series.id, SERIES_DETECTOR, episode.startedAtMs),
    tenantId: owner.tenantId,
    revision: episode.revision,
    status: episode.endedAtMs === undefined ? 'open' : 'closed',
    series,
    detector: SERIES_DETECTOR,
    startedAt: episode.startedAtMs,
    peakAt: episode.peakAtMs,
    lastSeenAt: episode.lastSeenAtMs,
    ...(episode.endedAtMs === undefined ? {} : { endedAt: episode.endedAtMs }),
    score: episode.score,
    threshold: owner.threshold,
    ...numbers,
    direction: episode.direction,
    baseline: {
      kind: episode.baseline.kind,
      from: Math.round(episode.baseline.fromMs),
      to: Math.round(episode.baseline.toMs),
      samples: episode.baseline.samples,
    },
    explanation: sentence,
  };
}

/** A change of an episode as a record of the topic `anomalies`; a replay makes the same id and the same bytes. */
export function anomalyRecord(owner: AnomalyOwner, change: EpisodeChange): NewRecord {
  const anomaly = anomalyOf(owner, change.episode);
  const event: AnomalyEvent = { kind: `anomaly-${change.kind}`, anomaly };
  return {
    key: owner.tenantId,
    id: `${anomaly.id}-${anomaly.revision}`,
    value: Buffer.from(JSON.stringify(event)),
  };
}
