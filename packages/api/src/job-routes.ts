import { JobParams, JobRequested, JobsAnswer, JobsQuery } from './contract/jobs.ts';
import type { Route } from './route.ts';

/** Work that comes round again and again. */
export const jobRoutes = {
  readJobs: {
    method: 'GET',
    path: '/api/v1/jobs',
    summary:
      'Which jobs there are, when each ran last, how long, with what outcome, when it runs next, and recent runs.',
    tag: 'operations',
    role: 'viewer',
    query: JobsQuery,
    response: JobsAnswer,
  },
  runJob: {
    method: 'POST',
    path: '/api/v1/jobs/:name/run',
    summary: 'Ask for a run of a job now, for the tenant of the key; it begins within some seconds.',
    tag: 'operations',
    role: 'admin',
    params: JobParams,
    status: 202,
    response: JobRequested,
  },
} as const satisfies Record<string, Route>;
