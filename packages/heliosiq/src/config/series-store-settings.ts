import { z } from 'zod';
import { Structured, Text, Url, Whole } from './setting.ts';
import type { Setting } from './setting.ts';

const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'use letters, digits and underscores');

/** A store of others for samples: what speaks remote write and the query API of Prometheus. */
export const seriesStoreSettings = {
  seriesUrl: {
    key: 'series.url',
    schema: Url('http', 'https').optional(),
    placeholder: 'URL',
    secret: true,
    help: 'A Prometheus, Mimir, Thanos or VictoriaMetrics that keeps the samples instead of PostgreSQL: what stands before /api/v1/query. {tenant} stands for the tenant, here and in the next three.',
  },
  seriesWriteUrl: {
    key: 'series.write-url',
    schema: z.union([z.enum(['off']), z.literal(false).transform((): 'off' => 'off'), Url('http', 'https')]).optional(),
    placeholder: 'URL|off',
    secret: true,
    help: 'Where remote write goes; off = nothing is written, because the store gets the samples from elsewhere. Default: series.url and /api/v1/write.',
  },
  seriesHeaders: {
    key: 'series.headers',
    schema: Structured(z.record(Text, z.string()), '{"X-Scope-OrgID": "{tenant}"}').default({}),
    placeholder: 'JSON',
    secret: true,
    help: 'Headers for that store, such as a credential or the tenant: {"X-Scope-OrgID": "{tenant}"}.',
  },
  seriesExternalLabels: {
    key: 'series.external-labels',
    schema: Structured(z.record(labelName, z.string().min(1)), '{"cluster": "eu-1"}').default({}),
    placeholder: 'JSON',
    help: 'Labels that series have only in that store: put on what is written, asked for in every question, and left out of answers.',
  },
  seriesLookBackDays: {
    key: 'series.look-back-days',
    schema: Whole(1, 3650).default(30),
    placeholder: 'N',
    help: 'How far back series are listed in that store; charts and questions reach any time.',
  },
  seriesCaFile: {
    key: 'series.ca-file',
    schema: Text.optional(),
    placeholder: 'FILE',
    help: "Authority of that store's certificate (PEM), where it is not a publicly known one.",
  },
} as const satisfies Record<string, Setting>;
