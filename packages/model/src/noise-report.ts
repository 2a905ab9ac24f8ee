import { z } from 'zod';
import { Timestamp } from './signal.ts';

/** What a stretch of time had of alerts, incidents and pages. */
export const NoiseReport = z.object({
  from: Timestamp,
  to: Timestamp,
  /** Incidents that opened, without those that turned out to be one with another. */
  incidents: z.number().int(),
  /** True when there were more incidents than were counted. */
  isCut: z.boolean(),
  /** Firings of alerts and openings of anomalies in them. */
  occurrences: z.number().int(),
  /** Occurrences for one incident. */
  occurrencesPerIncident: z.number(),
  merged: z.number().int(),
  reopened: z.number().int(),
  recurrences: z.number().int(),
  /** Messages that reached somebody, those held back, and those that failed. */
  pages: z.number().int(),
  pagesPerWeek: z.number(),
  muted: z.number().int(),
  failed: z.number().int(),
  bySeverity: z.record(z.string(), z.number().int()),
  /** Median wall-clock times from opening, of the incidents that got there. */
  acknowledgedAfterMs: z.number().optional(),
  resolvedAfterMs: z.number().optional(),
  /** Rules of other systems that fired most often. */
  rules: z.array(
    z.object({
      rule: z.string(),
      fired: z.number().int(),
      alerts: z.number().int(),
      incidents: z.number().int(),
    }),
  ),
});
export type NoiseReport = z.infer<typeof NoiseReport>;
