import { z } from 'zod';
import { limitUpTo } from './series.ts';

/** What a run of a job came to. Times are milliseconds since the epoch; `actor` is `schedule` or who asked. */
const JobOutcome = z.object({
  startedAt: z.number(),
  durationMs: z.number(),
  outcome: z.enum(['done', 'nothing', 'failed']),
  detail: z.string(),
  actor: z.string(),
});

export const JobParams = z.strictObject({ name: z.string().regex(/^[a-z0-9-]{1,50}$/) });
export const JobsQuery = z.strictObject({ limit: limitUpTo(1000, 20) });

/** Where each job stands, by name, and the newest runs that did something or failed. */
export const JobsAnswer = z.object({
  jobs: z.array(
    z.object({
      name: z.string(),
      about: z.string(),
      everyMs: z.number(),
      nextAt: z.number(),
      runningSince: z.number().optional(),
      requestedBy: z.string().optional(),
      lastRun: JobOutcome.optional(),
    }),
  ),
  runs: z.array(JobOutcome.extend({ id: z.string(), job: z.string() })),
});
export type JobsAnswer = z.infer<typeof JobsAnswer>;

/** A run that was asked for; it begins within some seconds. */
export const JobRequested = z.object({ name: z.string(), requested: z.literal(true) });
