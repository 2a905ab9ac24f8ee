import { z } from 'zod';

/** What one run forgot of one kind, or would forget. Times are milliseconds since the epoch. */
const RetentionOutcome = z.object({
  kind: z.string(),
  before: z.number(),
  items: z.number(),
  bytes: z.number(),
  durationMs: z.number(),
  held: z.string().optional(),
  fault: z.string().optional(),
});

/** Days by kind, 0 for ever, and what was forgotten lately, the newest first. */
export const RetentionState = z.object({
  rules: z.array(z.object({ kind: z.string(), days: z.number() })),
  journal: z.array(RetentionOutcome.omit({ held: true }).extend({ id: z.string(), at: z.number(), actor: z.string() })),
});
export type RetentionState = z.infer<typeof RetentionState>;

export const RetentionRun = z.object({ outcomes: z.array(RetentionOutcome) });
export type RetentionRun = z.infer<typeof RetentionRun>;
