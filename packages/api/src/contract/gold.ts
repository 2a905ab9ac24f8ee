import { SeriesRef } from '@heliosiq/model';
import { z } from 'zod';

/** How good the data of series was, by day (UTC). Times are milliseconds since the epoch. */
export const QualityFacts = z.object({
  series: z.array(
    z.object({
      series: SeriesRef,
      days: z.array(
        z.object({
          dayAt: z.number(),
          samples: z.number(),
          notFinite: z.number(),
          firstAt: z.number(),
          lastAt: z.number(),
          intervalMs: z.number(),
          gaps: z.number(),
          longestGapMs: z.number(),
          missingMs: z.number(),
          late: z.number().optional(),
          duplicates: z.number().optional(),
        }),
      ),
    }),
  ),
});
export type QualityFacts = z.infer<typeof QualityFacts>;

/** What is characteristic of the series of an asset. */
export const AssetFeatures = z.object({
  series: z.array(
    z.object({
      series: SeriesRef,
      samples: z.number(),
      hours: z.number(),
      min: z.number(),
      max: z.number(),
      mean: z.number(),
      last: z.number(),
      quantiles: z.object({ p05: z.number(), p50: z.number(), p95: z.number(), p99: z.number() }),
      trendPerDay: z.number(),
      profile: z.array(z.number().nullable()),
    }),
  ),
});
export type AssetFeatures = z.infer<typeof AssetFeatures>;
