import { z } from 'zod';
import { Moment } from './series.ts';

/** The name of a file of rules, as it stands in addresses. */
export const RuleFileName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,200}$/, 'use letters, digits, dots, hyphens and underscores, at most 200');

export const RuleFileParams = z.strictObject({ name: RuleFileName });

const RuleText = z.string().max(2 ** 20, 'a file of rules has at most 1 MiB');

export const RuleFileBody = z.strictObject({ text: RuleText });

/** A file of rules without its text. Times are milliseconds since the epoch. */
export const RuleFileSummary = z.object({
  name: z.string(),
  kind: z.enum(['prometheus', 'openslo']),
  groups: z.number(),
  rules: z.number(),
  updatedAt: z.number(),
  updatedBy: z.string(),
});
export type RuleFileSummary = z.infer<typeof RuleFileSummary>;

export const RuleFileList = z.object({ files: z.array(RuleFileSummary) });

export const RuleFileText = z.object({
  name: z.string(),
  text: z.string(),
  updatedAt: z.number(),
  updatedBy: z.string(),
});

const Texts = z.record(z.string(), z.string());

/** An alert of a rule that waits for its time or fires; `value` is null where it is no finite number. */
const RuleAlert = z.object({
  state: z.enum(['pending', 'firing']),
  labels: Texts,
  annotations: Texts,
  value: z.number().nullable(),
  activeAt: z.number(),
  firedAt: z.number().optional(),
});

/** Every group with what its rules found last. Durations are milliseconds. */
export const RuleGroups = z.object({
  groups: z.array(
    z.object({
      file: z.string(),
      name: z.string(),
      intervalMs: z.number(),
      limit: z.number(),
      evaluatedAt: z.number().optional(),
      tookMs: z.number(),
      rules: z.array(
        z.object({
          kind: z.enum(['alert', 'recording']),
          name: z.string(),
          query: z.string(),
          labels: Texts,
          annotations: Texts,
          forMs: z.number(),
          keepFiringForMs: z.number(),
          state: z.enum(['firing', 'pending', 'inactive', 'unknown']),
          alerts: z.array(RuleAlert),
          fault: z.string().optional(),
          tookMs: z.number(),
        }),
      ),
    }),
  ),
});
export type RuleGroups = z.infer<typeof RuleGroups>;

export const RuleTrialBody = z.strictObject({ text: RuleText, from: Moment, to: Moment });

/** What the alerts of a file would have said. */
export const RuleTrials = z.object({
  trials: z.array(
    z.object({
      group: z.string(),
      name: z.string(),
      query: z.string(),
      total: z.number(),
      firings: z.array(
        z.object({ labels: Texts, from: z.number(), to: z.number().optional(), value: z.number().nullable() }),
      ),
      fault: z.string().optional(),
    }),
  ),
});
export type RuleTrials = z.infer<typeof RuleTrials>;
