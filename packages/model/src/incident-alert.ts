import { z } from 'zod';
import { AssetId } from './ids.ts';
import { Severity } from './severity.ts';
import { Timestamp } from './signal.ts';

/** One member alert of an incident: the newest words of its sender, and what became of it. Times are event times. */
export const IncidentAlert = z.object({
  fingerprint: z.string(),
  asset: AssetId,
  title: z.string(),
  severity: Severity,
  /** Name of the rule that fires: the label `alertname`, or the title. */
  rule: z.string(),
  firing: z.boolean(),
  /** How often it fired. */
  occurrences: z.number().int().positive(),
  firstAt: Timestamp,
  /** Its newest change of state. */
  lastAt: Timestamp,
  /** Its newest firing. */
  firedAt: Timestamp,
  /** Its newest sighting while it fires. */
  seenAt: Timestamp,
  /** Why it was taken for a member. */
  reason: z.string().optional(),
});
export type IncidentAlert = z.infer<typeof IncidentAlert>;
