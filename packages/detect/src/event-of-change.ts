import type { AnomalyEvent } from '@heliosiq/model';

/** What can happen to an anomaly. */
export type ChangeKind = 'opened' | 'updated' | 'closed';

/** The kind of event of the topic `anomalies` that tells a change. */
export const eventKinds = {
  opened: 'anomaly-opened',
  updated: 'anomaly-updated',
  closed: 'anomaly-closed',
} as const satisfies Record<ChangeKind, AnomalyEvent['kind']>;
