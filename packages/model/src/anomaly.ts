import { z } from 'zod';
import { AnomalyId, TenantId } from './ids.ts';
import { SeriesRef, Timestamp } from './signal.ts';

/** What an anomaly was compared with. Times in milliseconds since the epoch. */
export const Baseline = z.object({
  kind: z.string(),
  from: Timestamp,
  to: Timestamp,
  samples: z.number().int().nonnegative(),
});
export type Baseline = z.infer<typeof Baseline>;

/** A series that takes part in an anomaly of several, with its share of the whole, in [0, 1]. */
export const Contributor = z.object({ series: SeriesRef, share: z.number().min(0).max(1) });
export type Contributor = z.infer<typeof Contributor>;

/**
 * One stretch of unusual behaviour of one series. It is revised while it lasts: `id` stays, `revision` grows.
 * `value`, `expected`, `lower`, `upper` are in the series' unit, at the peak; `deviation` in robust standard
 * deviations, signed; `score` and `threshold` are calibrated likelihoods in [0, 1].
 */
export const Anomaly = z.object({
  id: AnomalyId,
  tenantId: TenantId,
  revision: z.number().int().positive(),
  status: z.enum(['open', 'closed']),
  series: SeriesRef,
  detector: z.string(),
  startedAt: Timestamp,
  peakAt: Timestamp,
  lastSeenAt: Timestamp,
  endedAt: Timestamp.optional(),
  score: z.number().min(0).max(1),
  threshold: z.number().min(0).max(1),
  value: z.number(),
  expected: z.number(),
  lower: z.number(),
  upper: z.number(),
  deviation: z.number(),
  direction: z.enum(['up', 'down']),
  baseline: Baseline,
  /** Of an anomaly of several series: which, at most twenty, the largest share first; `series` is the one that leads. */
  contributors: z.array(Contributor).optional(),
  /** One English sentence that quotes the numbers of the fields above. */
  explanation: z.string(),
});
export type Anomaly = z.infer<typeof Anomaly>;

/** The value of one record of the topic `anomalies`: key = tenant. */
export const AnomalyEvent = z.object({
  kind: z.enum(['anomaly-opened', 'anomaly-updated', 'anomaly-closed']),
  anomaly: Anomaly,
});
export type AnomalyEvent = z.infer<typeof AnomalyEvent>;
