import { Cardinality, CardinalityQuery, ExportQuery, LakeSeries, LakeSeriesQuery, LakeStats } from './contract/lake.ts';
import type { Route } from './route.ts';

/** What there is in the lake, and taking it out. */
export const lakeRoutes = {
  readLakeStats: {
    method: 'GET',
    path: '/api/v1/lake/stats',
    summary: 'How much is kept, what it weighs, how fast it grows.',
    tag: 'lake',
    role: 'viewer',
    response: LakeStats,
  },
  listLakeSeries: {
    method: 'GET',
    path: '/api/v1/lake/series',
    summary: 'The series that a selector means, by asset, metric and labels.',
    tag: 'lake',
    role: 'viewer',
    query: LakeSeriesQuery,
    response: LakeSeries,
  },
  readCardinality: {
    method: 'GET',
    path: '/api/v1/lake/cardinality',
    summary: 'Which metrics, labels and values make how many series.',
    tag: 'lake',
    role: 'viewer',
    query: CardinalityQuery,
    response: Cardinality,
  },
  exportSamples: {
    method: 'GET',
    path: '/api/v1/lake/export',
    summary: 'Raw samples as CSV or, with `format=parquet`, as application/vnd.apache.parquet; in pieces, of any size.',
    tag: 'lake',
    role: 'viewer',
    query: ExportQuery,
    response: 'text/csv',
  },
} as const satisfies Record<string, Route>;
