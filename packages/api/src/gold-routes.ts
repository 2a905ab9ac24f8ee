import { z } from 'zod';
import { AssetFeatures, QualityFacts } from './contract/gold.ts';
import { Moment } from './contract/series.ts';
import type { Route } from './route.ts';

const Days = z.strictObject({ from: Moment, to: Moment });

/** Facts made of rollups, about days that are over. */
export const goldRoutes = {
  readQuality: {
    method: 'GET',
    path: '/api/v1/lake/quality',
    summary: 'Gaps, late, repeated and unusable samples of series, day by day.',
    tag: 'lake',
    role: 'viewer',
    query: Days.extend({ asset: z.string().optional(), metric: z.string().optional() }),
    response: QualityFacts,
  },
  readFeatures: {
    method: 'GET',
    path: '/api/v1/lake/features',
    summary: 'What is characteristic of the series of an asset: level, spread, trend, course of the day.',
    tag: 'lake',
    role: 'viewer',
    query: Days.extend({ asset: z.string() }),
    response: AssetFeatures,
  },
} as const satisfies Record<string, Route>;
