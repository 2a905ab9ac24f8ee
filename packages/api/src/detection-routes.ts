import { AnomalyId, SensitivityLevel, Tuning } from '@heliosiq/model';
import { z } from 'zod';
import { AnomalyContext, Backtest, Dismissal, NewTuning, NoiseReport, TuningList } from './contract/detection.ts';
import { Moment, limitUpTo } from './contract/series.ts';
import type { Route } from './route.ts';

const AnomalyParams = z.strictObject({ id: AnomalyId });

/** What people do with detection. */
export const detectionRoutes = {
  readAnomalyContext: {
    method: 'GET',
    path: '/api/v1/anomalies/:id/context',
    summary:
      'Season and trend at the time of an anomaly, similar earlier ones with what came of them, what mutes it, and the incident that it is a part of or why there is none.',
    tag: 'detect',
    role: 'viewer',
    params: AnomalyParams,
    response: AnomalyContext,
  },
  dismissAnomaly: {
    method: 'POST',
    path: '/api/v1/anomalies/:id/dismiss',
    summary: 'Say that it is no anomaly: what looks like it is not told any more. Undo it by removing the tuning.',
    tag: 'detect',
    role: 'operator',
    params: AnomalyParams,
    body: Dismissal,
    status: 201,
    response: Tuning,
  },
  listTunings: {
    method: 'GET',
    path: '/api/v1/detection/tunings',
    summary: 'Sensitivities, dismissals and holidays, newest first.',
    tag: 'detect',
    role: 'viewer',
    response: TuningList,
  },
  addTuning: {
    method: 'POST',
    path: '/api/v1/detection/tunings',
    summary: 'Set the sensitivity of the tenant, of assets, of metrics or of a series; or give a holiday.',
    tag: 'detect',
    role: 'operator',
    body: NewTuning,
    status: 201,
    response: Tuning,
  },
  removeTuning: {
    method: 'DELETE',
    path: '/api/v1/detection/tunings/:id',
    summary: 'Take back a sensitivity, a dismissal or a holiday.',
    tag: 'detect',
    role: 'operator',
    params: z.strictObject({ id: z.string().min(1).max(64) }),
    status: 204,
    response: z.undefined(),
  },
  readNoise: {
    method: 'GET',
    path: '/api/v1/detection/noise',
    summary: 'Which series had the most anomalies, and what would help.',
    tag: 'detect',
    role: 'viewer',
    query: z.strictObject({ from: Moment, to: Moment, limit: limitUpTo(200, 20) }),
    response: NoiseReport,
  },
  runBacktest: {
    method: 'GET',
    path: '/api/v1/detection/backtest',
    summary: 'Replay stored samples and logs through the detectors: what they would have said. Nothing is stored.',
    tag: 'detect',
    role: 'operator',
    query: z.strictObject({
      from: Moment,
      to: Moment,
      level: SensitivityLevel.exclude(['off']).default('normal'),
      asset: z.string().max(300).optional(),
      metric: z.string().max(300).optional(),
      limit: limitUpTo(1000, 200),
    }),
    response: Backtest,
  },
} as const satisfies Record<string, Route>;
