import { z } from 'zod';
import { CatalogueEntry, Moment, limitUpTo } from './series.ts';

/** An instant selector of PromQL such as `up{job=~"a.*"}`; without one everything matches. */
export const Match = z.string().trim().min(1, 'give a selector').max(10_000, 'at most 10,000 characters');

export const LakeSeriesQuery = z.strictObject({ match: Match.optional(), limit: limitUpTo(10_000, 100) });

export const CardinalityQuery = z.strictObject({ match: Match.optional(), limit: limitUpTo(100, 10) });

export const ExportQuery = z.strictObject({
  match: Match.optional(),
  from: Moment,
  to: Moment,
  format: z.enum(['csv', 'parquet']).default('csv'),
});

/** Room that one kind of data takes. */
export const KeptSize = z.object({
  kind: z.string(),
  items: z.number().optional(),
  bytes: z.number(),
  isEstimate: z.boolean(),
  oldestAt: z.number().optional(),
  newestAt: z.number().optional(),
});

export const LakeStats = z.object({
  series: z.number(),
  activeSeries: z.number(),
  newSeries: z.number(),
  samples: z.number(),
  oldestAt: z.number().optional(),
  newestAt: z.number().optional(),
  samplesPerSecond: z.number(),
  isRateEstimate: z.boolean(),
  bytesPerSample: z.number().optional(),
  lagRecords: z.number(),
  sizes: z.array(KeptSize),
  at: z.number(),
});
export type LakeStats = z.infer<typeof LakeStats>;

export const LakeSeries = z.object({ series: z.array(CatalogueEntry), matching: z.number() });

const MetricCardinality = z.object({ metric: z.string(), series: z.number(), newSeries: z.number() });

export const Cardinality = z.object({
  series: z.number(),
  newSeries: z.number(),
  metrics: z.array(MetricCardinality),
  labels: z.array(
    z.object({
      label: z.string(),
      values: z.number(),
      series: z.number(),
      commonest: z.array(z.object({ value: z.string(), series: z.number() })),
    }),
  ),
  pairs: z.array(z.object({ metric: z.string(), label: z.string(), values: z.number(), series: z.number() })),
  growing: z.array(MetricCardinality),
  isPartial: z.boolean(),
});
export type Cardinality = z.infer<typeof Cardinality>;
