import { Anomaly, Incident, SensitivityLevel, SeriesId, SeriesRef, Tuning } from '@heliosiq/model';
import { z } from 'zod';

const NamePattern = z
  .string()
  .trim()
  .min(1, 'give a name, with * for any characters')
  .max(300, 'at most 300 characters');

/** What people may tell detection. */
export const NewTuning = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sensitivity'),
    level: SensitivityLevel,
    seriesId: SeriesId.optional(),
    asset: NamePattern.optional(),
    metric: NamePattern.optional(),
  }),
  z.strictObject({
    kind: z.literal('holiday'),
    title: z.string().trim().min(1, 'name the day').max(200, 'at most 200 characters'),
    date: z.iso.date(),
    timeZone: z.string().max(100).optional(),
  }),
]);

export const TuningList = z.object({ tunings: z.array(Tuning) });
export type TuningList = z.infer<typeof TuningList>;

export const Dismissal = z.strictObject({ reason: z.string().max(2000, 'at most 2,000 characters').optional() });

/** What belongs to an anomaly beside its own fields; times are milliseconds since the epoch. */
export const AnomalyContext = z.object({
  season: z
    .object({
      words: z.string(),
      mean: z.number(),
      lowest: z.number(),
      highest: z.number(),
      samples: z.number(),
    })
    .optional(),
  trendPerHour: z.number().optional(),
  similar: z.array(
    z.object({
      anomaly: Anomaly,
      incident: Incident.pick({ id: true, title: true, status: true, openedAt: true }).optional(),
      isDismissed: z.boolean(),
    }),
  ),
  chartPath: z.string(),
  mutedBy: Tuning.optional(),
  /** What came of it: the incident that it is a part of, or why there is none. */
  standing: z.object({
    incident: Incident.pick({ id: true, title: true, status: true, openedAt: true }).optional(),
    reason: z.string(),
  }),
});
export type AnomalyContext = z.infer<typeof AnomalyContext>;

/** Which series speak most often. */
export const NoiseReport = z.object({
  anomalies: z.number(),
  isCut: z.boolean(),
  series: z.array(
    z.object({
      series: SeriesRef,
      detector: z.string(),
      anomalies: z.number(),
      dismissed: z.number(),
      share: z.number(),
      medianMs: z.number(),
      cure: z.string(),
    }),
  ),
});
export type NoiseReport = z.infer<typeof NoiseReport>;

/** What the detector would have said about stored samples. */
export const Backtest = z.object({
  /** Sensitivity that was tried. */
  level: SensitivityLevel,
  series: z.number(),
  samples: z.number(),
  /** Log lines. */
  lines: z.number(),
  /** True when there are more series, samples or lines than were replayed. */
  isCut: z.boolean(),
  seconds: z.number(),
  anomalies: z.array(Anomaly),
  /** Anomalies found, more than are listed where there are very many. */
  found: z.number(),
  /** Of series alone, per series and week of its samples. */
  perSeriesAndWeek: z.number(),
});
export type Backtest = z.infer<typeof Backtest>;
