import { z } from 'zod';
import { AnomalyId, SeriesId } from './ids.ts';
import { Timestamp } from './signal.ts';

/** How readily a detector speaks, from nothing to twice as often as shipped and more. */
export const SensitivityLevel = z.enum(['off', 'lowest', 'low', 'normal', 'high', 'highest']);
export type SensitivityLevel = z.infer<typeof SensitivityLevel>;

/** Names with `*` for any characters, e.g. `pump-*`. */
const NamePattern = z.string().trim().min(1).max(300);

const stamp = { id: z.string().min(1).max(64), createdAt: Timestamp, createdBy: z.string() };

/** How readily anomalies of some series are told; every given field must match, and the most specific tuning wins. */
export const SensitivityTuning = z.object({
  ...stamp,
  kind: z.literal('sensitivity'),
  level: SensitivityLevel,
  seriesId: SeriesId.optional(),
  asset: NamePattern.optional(),
  metric: NamePattern.optional(),
});
export type SensitivityTuning = z.infer<typeof SensitivityTuning>;

/** "Not an anomaly": what looks like the anomaly that was dismissed is not told any more. */
export const DismissalTuning = z.object({
  ...stamp,
  kind: z.literal('dismissal'),
  anomalyId: AnomalyId,
  seriesId: SeriesId,
  asset: z.string(),
  metric: z.string(),
  detector: z.string(),
  direction: z.enum(['up', 'down']),
  /** Deviations up to this size are dismissed with it. */
  deviationMax: z.number().nonnegative(),
  reason: z.string().max(2000).optional(),
});
export type DismissalTuning = z.infer<typeof DismissalTuning>;

/** A day on which less than usual is usual, from midnight to midnight where the tenant is. */
export const HolidayTuning = z.object({
  ...stamp,
  kind: z.literal('holiday'),
  title: z.string().trim().min(1).max(200),
  date: z.iso.date(),
  from: Timestamp,
  to: Timestamp,
});
export type HolidayTuning = z.infer<typeof HolidayTuning>;

/** What people told detection. */
export const Tuning = z.discriminatedUnion('kind', [SensitivityTuning, DismissalTuning, HolidayTuning]);
export type Tuning = z.infer<typeof Tuning>;
