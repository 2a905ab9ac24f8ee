import { z } from 'zod';
import { RetentionRun, RetentionState } from './contract/retention.ts';
import { limitUpTo } from './contract/series.ts';
import type { Route } from './route.ts';

/** What is kept for how long, and what was forgotten. */
export const retentionRoutes = {
  readRetention: {
    method: 'GET',
    path: '/api/v1/lake/retention',
    summary: 'For how many days each kind is kept, and what was forgotten when, by whom.',
    tag: 'lake',
    role: 'viewer',
    query: z.strictObject({ limit: limitUpTo(1000, 50) }),
    response: RetentionState,
  },
  previewRetention: {
    method: 'POST',
    path: '/api/v1/lake/retention/preview',
    summary: 'What would be forgotten now; nothing is.',
    tag: 'lake',
    role: 'operator',
    response: RetentionRun,
  },
  runRetention: {
    method: 'POST',
    path: '/api/v1/lake/retention/run',
    summary: 'Forget what is older than is kept, without waiting for the schedule.',
    tag: 'lake',
    role: 'admin',
    response: RetentionRun,
  },
} as const satisfies Record<string, Route>;
